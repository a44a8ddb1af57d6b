using System.Globalization;
using Octet.Benchmarks;

switch (args)
{
    case ["linear"]:
        LinearReport.Run(Console.Out);
        return 0;
    case ["idle", var model]:
        await IdleReport.RunAsync(model, Console.Out);
        return 0;
    case ["engine", "--threads", var threads, _, ..] when int.TryParse(threads, CultureInfo.InvariantCulture, out var count) && count > 0:
        await EngineReport.RunAsync(args[3..], count, Console.Out);
        return 0;
    case ["engine", not "--threads", ..]:
        await EngineReport.RunAsync(args[1..], threads: null, Console.Out);
        return 0;
    case ["evaluator", var model, var datasets, _, ..]:
        await EvaluatorReport.RunAsync(model, datasets, args[3..], Console.Out);
        return 0;
    case ["generator"]:
        return GeneratorReport.Run();
    case ["generator-work"]:
        await GeneratorReport.WorkAsync(Console.Out);
        return 0;
    case ["generator-server", var ttft, var itl, var truth]:
        await GeneratorServer.ServeAsync(ttft, itl, truth);
        return 0;
    default:
        await Console.Error.WriteLineAsync("usage: Benchmarks linear | idle MODEL | engine [--threads N] MODEL... | evaluator MODEL DATASETS TASK... | generator");
        return 2;
}
