using Octet.Contracts.Runs;
using Octet.Reporter;

var builder = WebApplication.CreateBuilder(args);
builder.AddReporter();
builder.Services.AddSingleton(new DataRoot(builder.Configuration["DataRoot"] ?? throw new OctetException(FailureKind.Usage, "DataRoot is not configured")));
var app = builder.Build();
app.MapReporter();
await app.RunAsync();
