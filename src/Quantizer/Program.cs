using Octet.Quantizer;

var builder = WebApplication.CreateBuilder(args);
builder.AddQuantizer();
var app = builder.Build();
app.MapQuantizer();
await app.RunAsync();
