namespace Octet.Evaluator.IfEval.Checks;

/// <summary>True when a text follows one instruction.</summary>
internal delegate bool InstructionCheck(InstructionArguments arguments, string text, TextModels models);

internal static class Relations
{
    /// <summary>IFEval knows two relations.</summary>
    public static bool Holds(int count, int limit, string relation) => relation == "less than" ? count < limit : count >= limit;
}
