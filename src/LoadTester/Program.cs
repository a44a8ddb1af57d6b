using Octet.LoadTester;

var builder = WebApplication.CreateBuilder(args);
builder.AddLoadTester();
var app = builder.Build();
app.MapLoadTester();
await app.RunAsync();
