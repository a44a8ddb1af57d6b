using Octet.AppHost.Commands;
using Octet.AppHost.Deployment;
using Octet.AppHost.Resources;
using Octet.AppHost.Settings;

var builder = DistributedApplication.CreateBuilder(args);
var plan = Plan.Read(builder);
var target = DeployTarget.AddTo(builder, plan);

var queue = builder.AddQueue("redis", plan, target);

var quantizer = builder.AddProject<Projects.Quantizer>("quantizer").AsService(target).WithDataRoot(plan, target)
    .WithReference(queue).WaitFor(queue).WithReplicas(plan.WorkerReplicas);
var evaluator = builder.AddProject<Projects.Evaluator>("evaluator").AsService(target).WithDataRoot(plan, target)
    .WithReference(queue).WaitFor(queue).WithReplicas(plan.WorkerReplicas);
var loadTester = builder.AddProject<Projects.LoadTester>("loadtester").AsService(target).WithDataRoot(plan, target)
    .WithReference(queue).WaitFor(queue);
var reporter = builder.AddProject<Projects.Reporter>("reporter").AsService(target).WithDataRoot(plan, target);

var twins = builder.AddTwins(plan, target);

var gateway = builder.AddProject<Projects.Gateway>("gateway").AsGateway(plan, target)
    .WithTwins(twins);
evaluator.MeasuresThrough(gateway);
loadTester.MeasuresThrough(gateway);

var pipeline = builder.AddProject<Projects.Pipeline>("pipeline").AsService(target).WithDataRoot(plan, target).WithDemoModel(plan)
    .WithService(quantizer).WithService(evaluator).WithService(loadTester).WithService(reporter)
    .MeasuresThrough(gateway)
    .WithRunCommands(gateway, twins, plan);

builder.AddPythonWorker("quantize-worker", "quantize", "octet_quantize", plan, target)?
    .WithReference(queue).WaitFor(queue).WithQuantizeGpu(plan, target).WithParentRelationship(quantizer);
builder.AddPythonWorker("evaluate-worker", "evaluate", "octet_evaluate", plan, target)?
    .WithReference(queue).WaitFor(queue).MeasuresThrough(gateway).WithParentRelationship(evaluator);
builder.AddPythonWorker("loadtest-worker", "loadtest", "octet_loadtest", plan, target)?
    .WithReference(queue).WaitFor(queue).MeasuresThrough(gateway).WithParentRelationship(loadTester);

builder.Build().Run();
