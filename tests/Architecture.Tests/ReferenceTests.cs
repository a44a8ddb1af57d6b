using Xunit;

namespace Octet.Architecture.Tests;

/// <summary>Who may see whom.</summary>
public sealed class ReferenceTests
{
    /// <summary>Processes of the picture: they speak gRPC and HTTP to each other, never call each other's code.</summary>
    private static readonly string[] Services = ["Quantizer", "Evaluator", "LoadTester", "Reporter", "Pipeline", "Gateway", "InferenceServer", "Web"];

    [Fact]
    public void Services_ReferenceNoOtherService()
    {
        var wrong = Repository.Projects.Where(project => Services.Contains(project.Name))
            .SelectMany(project => project.Projects.Intersect(Services).Select(other => $"{project.Name} -> {other}"));

        Assert.Empty(wrong);
    }

    [Fact]
    public void ManyServices_AreSeenByAppHostAndCliOnly()
    {
        var seeing = Repository.Projects.Where(project => !project.Path.StartsWith("tests/", StringComparison.Ordinal) && project.Projects.Intersect(Services).Any()).Select(project => project.Name);

        Assert.Equal(["AppHost", "Cli"], seeing.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("Inference", "Checkpoints")]
    [InlineData("Comparison", "Contracts")]
    [InlineData("Jobs", "Contracts")]
    [InlineData("Checkpoints")]
    [InlineData("Contracts")]
    [InlineData("ServiceDefaults")]
    public void Library_ReferencesOnlyItsList(string project, params string[] allowed)
    {
        Assert.Equal(allowed, Repository.Projects.Single(entry => entry.Name == project).Projects);
    }

    [Fact]
    public void Aspire_IsInAppHostAndItsTestsOnly()
    {
        var users = Repository.Projects.Where(project => project.Sdk.StartsWith("Aspire.", StringComparison.Ordinal) || project.Packages.Any(package => package.StartsWith("Aspire.", StringComparison.Ordinal)) || project.Projects.Contains("AppHost"));

        Assert.Empty(users.Select(project => project.Name).Except(["AppHost", "AppHost.Tests"]));
    }

    [Fact]
    public void Garnet_IsInCliAndTestSupportOnly()
    {
        var users = Repository.Projects.Where(project => project.Packages.Any(package => package.Contains("Garnet", StringComparison.Ordinal))).Select(project => project.Name);

        Assert.Equal(["Cli", "TestSupport"], users.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Engine_HasNoWebServer()
    {
        var code = Repository.ProductCode.Where(path => path.StartsWith("src/Inference/", StringComparison.Ordinal) || path.StartsWith("src/Comparison/", StringComparison.Ordinal));

        Assert.DoesNotContain(code, path => Repository.Read(path).Contains("using Microsoft.AspNetCore", StringComparison.Ordinal));
    }

    [Fact]
    public void Product_ReferencesNoTestProject()
    {
        var wrong = Repository.Projects.Where(project => !project.Path.StartsWith("tests/", StringComparison.Ordinal) && project.Projects.Any(other => other.Contains("Test", StringComparison.Ordinal)));

        Assert.Empty(wrong.Where(project => !project.Projects.Contains("LoadTester")).Select(project => project.Name));
    }
}
