// A web service that explains a picture, a row of a table and a text, and a page to try it on.

using Api;
using Layerwise.AspNetCore;

var builder = WebApplication.CreateBuilder(args);
builder.Services.AddOpenApi();
builder.Services.AddExplainer<CleanSilhouettes>();
builder.Services.AddExplainer<StampedSilhouettes>();
builder.Services.AddExplainer<Loans>();

// A text comes as it is and is split here. Each of its words is a reason, for the page marks them all.
var words = WordTokenizer.Load(Path.Combine(AppContext.BaseDirectory, "reviews-words.txt"));
builder.Services.AddExplainer<Reviews>(options => (options.Tokenize, options.TopReasons) = (words.Split, options.MaxTokens));

var app = builder.Build();
app.Use((context, next) =>
{
    // The page is made of what stands beside it, and nothing else: no script, style, picture or form of another place.
    context.Response.Headers.ContentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    context.Response.Headers.XContentTypeOptions = "nosniff";
    return next(context);
});
app.UseDefaultFiles();
app.UseStaticFiles();
app.MapOpenApi();
app.MapHealthChecks("/health");
app.MapExplainer<CleanSilhouettes>("/pictures/clean");
app.MapExplainer<StampedSilhouettes>("/pictures/stamped");
app.MapExplainer<Loans>("/loans");
app.MapExplainer<Reviews>("/reviews");
app.Run();
