namespace Octet.Contracts.Runs.Yaml;

/// <summary>Reads the fields of a policy and checks that it can decide.</summary>
internal static class PolicyReader
{
    /// <param name="fields">The mapping.</param>
    /// <param name="gatesRequired">False lets a run specification change alpha alone.</param>
    public static Policy Read(YamlFields fields, bool gatesRequired)
    {
        var gates = fields.Sections("gates");
        if (gates is null && gatesRequired && !fields.Has("gates"))
        {
            fields.Errors.Add(fields.Place, "'gates' is missing: list at least one critical gate");
        }

        var policy = new Policy
        {
            Name = fields.Text("name", Policy.Default.Name),
            Alpha = fields.Positive("alpha", Policy.Default.Alpha, 0.5),
            Looks = fields.OptionalWhole("looks", 1, 5),
            Gates = gates is null ? Policy.Default.Gates : [.. gates.Select(ReadGate)],
        };
        fields.End();
        if (gates is not null)
        {
            CheckTogether(fields, policy);
        }

        return policy;
    }

    private static void CheckTogether(YamlFields fields, Policy policy)
    {
        if (!policy.Gates.Any(gate => gate.Importance == GateImportance.Critical))
        {
            fields.Fail("gates", "no gate is critical, so no verdict could be reached");
        }

        foreach (var name in policy.Gates.GroupBy(gate => gate.Name).Where(same => same.Count() > 1).Select(same => same.Key))
        {
            fields.Fail("gates", $"two gates are named '{YamlTree.Shown(name)}'");
        }
    }

    private static Gate ReadGate(YamlFields fields)
    {
        Require(fields, "name");
        Require(fields, "metric");
        Require(fields, "importance");
        var gate = new Gate
        {
            Name = fields.Text("name", "gate"),
            Metric = fields.Choice("metric", GateMetric.MeanAccuracy),
            Importance = fields.Choice("importance", GateImportance.Critical),
            Tasks = fields.Texts("tasks", []),
            Margin = fields.OptionalPositive("margin", 100),
            Threshold = fields.OptionalPositive("threshold", 1000),
        };
        fields.End();
        CheckLimits(fields, gate);
        return gate;
    }

    private static void CheckLimits(YamlFields fields, Gate gate)
    {
        if (!fields.Has("metric"))
        {
            return;
        }

        var metric = YamlNames.Of(gate.Metric);
        var isAccuracy = gate.Metric is GateMetric.MeanAccuracy or GateMetric.TaskAccuracy;
        var (needed, refused) = isAccuracy || gate.Metric == GateMetric.MeanNll ? ("margin", "threshold") : ("threshold", "margin");
        Require(fields, needed, $"a gate on {metric} needs it");
        if (fields.Has(refused))
        {
            fields.Fail(refused, $"a gate on {metric} has a {needed}, not a {refused}");
        }

        if (!isAccuracy && fields.Has("tasks"))
        {
            fields.Fail("tasks", $"a gate on {metric} does not read tasks");
        }
    }

    private static void Require(YamlFields fields, string key, string reason = "every gate needs it")
    {
        if (!fields.Has(key))
        {
            fields.Fail(key, $"missing: {reason}");
        }
    }
}
