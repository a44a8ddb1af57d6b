using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Octet.Architecture.Tests;

/// <summary>One parsed C# file.</summary>
internal sealed class SourceTree
{
    private readonly SyntaxNode _root;

    private SourceTree(string path)
    {
        Path = path;
        _root = CSharpSyntaxTree.ParseText(Repository.Read(path), CSharpParseOptions.Default.WithLanguageVersion(LanguageVersion.Preview)).GetRoot();
    }

    public static IReadOnlyList<SourceTree> Product { get; } = [.. Repository.ProductCode.Select(path => new SourceTree(path))];

    public string Path { get; }

    public IEnumerable<string> TypeNames() => _root.DescendantNodes().OfType<BaseTypeDeclarationSyntax>().Select(type => type.Identifier.Text);

    public IEnumerable<string> Namespaces() => _root.DescendantNodes().OfType<BaseNamespaceDeclarationSyntax>().Select(space => space.Name.ToString());

    /// <summary>Methods, accessors and local functions with their length in lines.</summary>
    public IEnumerable<(string Name, int Lines)> Methods() => _root.DescendantNodes().OfType<BaseMethodDeclarationSyntax>()
        .Select(method => (method is MethodDeclarationSyntax named ? named.Identifier.Text : "constructor", Lines(method)));

    /// <summary>Accesses of a member, like <c>DateTime.UtcNow</c>, outside comments and strings.</summary>
    public IEnumerable<string> Uses(string type, string member) => _root.DescendantNodes().OfType<MemberAccessExpressionSyntax>()
        .Where(access => access.Name.Identifier.Text == member && access.Expression.ToString().Split('.')[^1] == type)
        .Select(Place);

    /// <summary>Blocking on a task: <c>task.Result</c>, <c>task.Wait()</c>, <c>XAsync(...).Result</c>, <c>GetAwaiter().GetResult()</c>.</summary>
    public IEnumerable<string> BlockingWaits() => _root.DescendantNodes().OfType<MemberAccessExpressionSyntax>()
        .Where(access => access.Name.Identifier.Text switch
        {
            "Result" or "Wait" => IsTask(access.Expression),
            "GetResult" => access.Expression is InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax { Name.Identifier.Text: "GetAwaiter" } },
            _ => false,
        }).Select(Place);

    /// <summary><c>Task.Run</c> whose task nobody keeps, awaits or returns.</summary>
    public IEnumerable<string> LostTasks() => _root.DescendantNodes().OfType<InvocationExpressionSyntax>()
        .Where(call => call.Expression.ToString() is "Task.Run" or "Task.Factory.StartNew")
        .Where(call => call.Parent is ExpressionStatementSyntax or AssignmentExpressionSyntax { Left: IdentifierNameSyntax { Identifier.Text: "_" } })
        .Select(Place);

    /// <summary>Calls of a method by its simple name.</summary>
    public IEnumerable<string> Calls(string method) => _root.DescendantNodes().OfType<InvocationExpressionSyntax>()
        .Where(call => call.Expression is MemberAccessExpressionSyntax access && access.Name.Identifier.Text == method)
        .Select(Place);

    public IEnumerable<string> AsyncVoids() => _root.DescendantNodes().OfType<MethodDeclarationSyntax>()
        .Where(method => method.Modifiers.Any(SyntaxKind.AsyncKeyword) && method.ReturnType.ToString() == "void")
        .Select(Place);

    private static bool IsTask(ExpressionSyntax expression) => expression switch
    {
        InvocationExpressionSyntax call => call.Expression.ToString().EndsWith("Async", StringComparison.Ordinal),
        _ => expression.ToString().Split('.')[^1].EndsWith("task", StringComparison.OrdinalIgnoreCase),
    };

    private static int Lines(SyntaxNode node)
    {
        var span = node.GetLocation().GetLineSpan();
        return span.EndLinePosition.Line - span.StartLinePosition.Line + 1;
    }

    private string Place(SyntaxNode node) => $"{Path}:{node.GetLocation().GetLineSpan().StartLinePosition.Line + 1}";
}
