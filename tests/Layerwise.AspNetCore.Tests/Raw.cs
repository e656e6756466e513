using System.Net.Sockets;
using System.Text;

namespace Layerwise.AspNetCore.Tests;

/// <summary>Bytes on a socket: what no client's library would send.</summary>
internal static class Raw
{
    /// <summary>Sends a text and reads up to the end of the connection.</summary>
    public static async Task<string> Send(Uri address, string text)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(30));
        using var client = new TcpClient();
        await client.ConnectAsync(address.Host, address.Port, patience.Token);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(text), patience.Token);
        using var answer = new MemoryStream();
        try
        {
            await stream.CopyToAsync(answer, patience.Token);
        }
        catch (IOException)
        {
            // A server that has answered may close before everything was sent.
        }

        return Encoding.UTF8.GetString(answer.ToArray());
    }
}
