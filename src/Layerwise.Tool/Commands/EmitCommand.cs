using System.CommandLine;
using System.CommandLine.Parsing;
using Microsoft.CodeAnalysis.CSharp;

namespace Layerwise.Tool.Commands;

/// <summary><c>layerwise emit</c>: the C# of a model.</summary>
internal static class EmitCommand
{
    public static Command Create()
    {
        var command = new Command("emit", "Writes the C# that runs a model forward and propagates relevance back through it.");
        var options = new ModelOptions(command, mayPredict: true);
        var file = new Option<string?>("--output", "-o") { Description = "The file to write; the standard output without it.", HelpName = "FILE.cs" };
        var className = new Option<string?>("--class") { Description = "The explainer's class; after the model's file unless given.", HelpName = "NAME" };
        var classNamespace = new Option<string?>("--namespace") { Description = "The explainer's namespace.", HelpName = "NAMESPACE" };
        className.Validators.Add(result => Refuse(result, result.GetValue(className), dots: false));
        classNamespace.Validators.Add(result => Refuse(result, result.GetValue(classNamespace), dots: true));
        command.Add(file);
        command.Add(className);
        command.Add(classNamespace);
        var json = JsonOption.Create();
        command.Add(json);
        command.SetAction(parse =>
        {
            OutputFile.Check(parse.GetValue(file));
            var spec = options.Spec(parse, parse.GetValue(className), parse.GetValue(classNamespace));
            var compiled = ModelHost.Compile(options.Model(parse), options.Labels(parse), spec);
            var source = compiled.NetworkSource ?? throw NetworkAssembly.Refusal(compiled);
            var (output, path) = (parse.InvocationConfiguration.Output, parse.GetValue(file));
            if (path is not null)
            {
                OutputFile.Write(path, stream =>
                {
                    using var writer = new StreamWriter(stream, leaveOpen: true); // UTF-8 without a mark
                    writer.Write(source);
                });
            }

            if (parse.GetValue(json))
            {
                output.WriteLine(Json.Object(members =>
                {
                    members.WriteString("model", options.Model(parse));
                    members.WriteString("class", compiled.NetworkTypeName);
                    members.WriteString("rulesSha256", compiled.Rules!.Sha256);
                    members.WriteString("file", path);
                    members.WriteString("source", path is null ? source : null);
                }));
            }
            else if (path is null)
            {
                output.Write(source);
            }
        });
        return command;
    }

    private static void Refuse(OptionResult result, string? name, bool dots)
    {
        if (name is not null && !(dots ? name.Split('.') : [name]).All(SyntaxFacts.IsValidIdentifier))
        {
            result.AddError($"'{name}' is not a C# {(dots ? "namespace" : "class name")}");
        }
    }
}
