using Octet.Pipeline;
using Octet.Pipeline.Serving;

var builder = WebApplication.CreateBuilder(args);
builder.AddPipeline();
builder.Services.AddSingleton<IModelServers, EndpointServers>();
var app = builder.Build();
app.MapPipeline();
await app.RunAsync();
