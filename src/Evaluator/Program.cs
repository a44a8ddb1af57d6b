using Octet.Evaluator;

var builder = WebApplication.CreateBuilder(args);
builder.AddEvaluator();
var app = builder.Build();
app.MapEvaluator();
await app.RunAsync();
