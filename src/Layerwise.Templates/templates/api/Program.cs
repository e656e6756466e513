using Layerwise.AspNetCore;
using LayerwiseApi;

var builder = WebApplication.CreateBuilder(args);
builder.Services.AddExplainer<Silhouettes>();

var app = builder.Build();
app.UseDefaultFiles();
app.UseStaticFiles();
app.MapHealthChecks("/health");
app.MapExplainer<Silhouettes>("/explain");
app.Run();
