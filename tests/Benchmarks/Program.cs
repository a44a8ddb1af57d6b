using Octet.Benchmarks;

switch (args)
{
    case ["linear"]:
        LinearReport.Run(Console.Out);
        return 0;
    case ["idle", var model]:
        await IdleReport.RunAsync(model, Console.Out);
        return 0;
    default:
        await Console.Error.WriteLineAsync("usage: Benchmarks linear | idle MODEL");
        return 2;
}
