using Octet.Gateway;

var builder = WebApplication.CreateBuilder(args);
builder.AddGateway();
var app = builder.Build();
app.MapGet("/health", static () => Results.StatusCode(StatusCodes.Status200OK));
app.MapGateway();
await app.RunAsync();
