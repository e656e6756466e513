using System.Diagnostics;
using Layerwise.Testing;

namespace Layerwise.Rendering.Tests;

/// <summary>A Chromium without a window, where one is installed.</summary>
internal static class Browser
{
    private static readonly string[] Names = ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"];

    private static readonly string? Program = Names
        .SelectMany(name => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Select(folder => Path.Combine(folder, name)))
        .FirstOrDefault(File.Exists);

    /// <summary>What a page looks like; kept under a name in <c>artifacts/pictures</c>, to be looked at.</summary>
    public static async Task<Picture> Screenshot(Folder folder, string html, string keepAs, bool dark = false, int width = 900, int height = 1600)
    {
        await File.WriteAllTextAsync(folder["page.html"], html, TestContext.Current.CancellationToken);
        return await Screenshot(folder, new Uri(folder["page.html"]), keepAs, dark, width, height);
    }

    /// <summary>What the page at an address looks like, once its scripts have nothing to wait for.</summary>
    public static async Task<Picture> Screenshot(Folder folder, Uri address, string keepAs, bool dark = false, int width = 900, int height = 1600)
    {
        Assert.SkipWhen(Program is null, $"No browser: none of {string.Join(", ", Names)} is installed.");
        var start = new ProcessStartInfo(Program!)
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            ArgumentList =
            {
                "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--force-device-scale-factor=1", $"--user-data-dir={folder["profile"]}",
                $"--window-size={width},{height}", "--virtual-time-budget=10000", $"--screenshot={folder["page.png"]}",
            },
        };
        if (dark)
        {
            start.ArgumentList.Add("--blink-settings=preferredColorScheme=0");
        }

        start.ArgumentList.Add(address.AbsoluteUri);
        using var browser = Process.Start(start)!;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromMinutes(1));
        var complaints = browser.StandardError.ReadToEndAsync(patience.Token);
        try
        {
            await browser.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            browser.Kill(entireProcessTree: true);
            throw;
        }

        Assert.True(File.Exists(folder["page.png"]), await complaints);
        var pictures = Directory.CreateDirectory(Path.Combine(SharedFolder.RepositoryRoot, "artifacts", "pictures"));
        File.Copy(folder["page.png"], Path.Combine(pictures.FullName, $"{keepAs}-{(dark ? "dark" : "light")}.png"), overwrite: true);
        return Picture.Load(folder["page.png"]);
    }
}
