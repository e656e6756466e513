using System.CommandLine;
using System.CommandLine.Completions;

namespace Layerwise.Tool.Commands;

/// <summary><c>layerwise completion</c>: what a shell needs to complete the tool's commands and options.</summary>
internal static class CompletionCommand
{
    private const string Hidden = "complete";

    // Each asks the tool for candidates with the words up to the cursor; without any, file names are the shell's own business.
    private static readonly Dictionary<string, string> Scripts = new(StringComparer.Ordinal)
    {
        ["bash"] = """
            # layerwise completion bash: put it into your ~/.bashrc as  eval "$(layerwise completion bash)"
            _layerwise() {
                local IFS=$'\n'
                COMPREPLY=($(layerwise complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
            }
            complete -o default -F _layerwise layerwise
            """,
        ["zsh"] = """
            # layerwise completion zsh: put it into your ~/.zshrc, behind compinit, as  eval "$(layerwise completion zsh)"
            _layerwise() {
                local -a found
                found=(${(f)"$(layerwise complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)"})
                if (( ${#found} )); then compadd -a found; else _files; fi
            }
            compdef _layerwise layerwise
            """,
        ["fish"] = """
            # layerwise completion fish: put it into ~/.config/fish/completions/layerwise.fish
            complete -c layerwise -a '(layerwise complete -- (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null)'
            """,
        ["pwsh"] = """
            # layerwise completion pwsh: put it into your $PROFILE as  layerwise completion pwsh | Out-String | Invoke-Expression
            Register-ArgumentCompleter -Native -CommandName layerwise -ScriptBlock {
                param($wordToComplete, $commandAst, $cursorPosition)
                $words = @($commandAst.CommandElements | Select-Object -Skip 1 | Where-Object { $_.Extent.EndOffset -le $cursorPosition } | ForEach-Object { $_.ToString() })
                if ($wordToComplete -eq '') { $words += '' }
                layerwise complete -- @words 2>$null | ForEach-Object { [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_) }
            }
            """,
    };

    /// <summary>Prints a script.</summary>
    public static Command Create()
    {
        var shell = new Argument<string>("SHELL") { Description = $"The shell: {string.Join(", ", Scripts.Keys)}." }.AcceptOnlyFromAmong([.. Scripts.Keys]);
        var command = new Command("completion", "Prints the script with which a shell completes commands and options.") { shell };
        command.SetAction(parse => parse.InvocationConfiguration.Output.WriteLine(Scripts[parse.GetRequiredValue(shell)].ReplaceLineEndings("\n")));
        return command;
    }

    /// <summary>What those scripts call: the candidates for the last of some words, one a line.</summary>
    public static Command Candidates(Command root)
    {
        var words = new Argument<string[]>("WORDS") { Arity = ArgumentArity.ZeroOrMore };
        var command = new Command(Hidden) { words };
        command.Hidden = true;
        command.SetAction(parse =>
        {
            string[] typed = [.. parse.GetValue(words) ?? []];
            foreach (var candidate in Complete(root, typed, typed.LastOrDefault() ?? "").Distinct())
            {
                parse.InvocationConfiguration.Output.WriteLine(candidate);
            }
        });
        return command;
    }

    private static IEnumerable<string> Complete(Command root, string[] typed, string last)
    {
        var before = root.Parse([.. typed.SkipLast(1), last], new ParserConfiguration { ResponseFileTokenReplacer = null });
        var command = before.CommandResult.Command;
        var option = typed.Length > 1 ? command.Options.FirstOrDefault(option => option.ValueType != typeof(bool) && (option.Name == typed[^2] || option.Aliases.Contains(typed[^2]))) : null;
        var items = option is not null ? option.GetCompletions(CompletionContext.Empty) : before.GetCompletions();

        // Where a file may stand, options would stand in its way: they are for who begins one.
        return items.Select(item => item.Label).Where(label => label.StartsWith(last, StringComparison.Ordinal) && !label.StartsWith('/') && (!label.StartsWith('-') || last.StartsWith('-')));
    }
}
