return await Octet.Cli.CliApp.RunAsync(args, Console.Out, Console.Error);
