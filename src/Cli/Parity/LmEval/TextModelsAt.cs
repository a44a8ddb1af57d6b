using Octet.Evaluator.IfEval;
using Octet.Evaluator.IfEval.Languages;
using Octet.Evaluator.IfEval.Sentences;

namespace Octet.Cli.Parity.LmEval;

/// <summary>What IFEval's instructions need, from the folder of data sets.</summary>
internal static class TextModelsAt
{
    public static TextModels Find(ParityFolders folders) => new(
        folders.Datasets is { } datasets && PunktParameters.Find(PunktParameters.Places(datasets, null)) is { } parameters ? new PunktSplitter(parameters) : null,
        new LanguageDetector(LanguageProfiles.Default));
}
