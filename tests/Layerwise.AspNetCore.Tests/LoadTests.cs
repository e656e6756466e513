using System.Net;
using System.Text.Json;
using Api;
using SkiaSharp;

namespace Layerwise.AspNetCore.Tests;

/// <summary>Many clients at once, and those that mean harm.</summary>
public sealed class LoadTests
{
    private const int Large = 1_000_000;

    private static readonly byte[] AMillionNumbers = [(byte)'[', .. Enumerable.Repeat("0.5,"u8.ToArray(), Large).SelectMany(number => number), (byte)'1', (byte)']'];

    [Fact]
    public async Task Two_hundred_clients_at_once_get_the_answers_of_the_direct_call()
    {
        await using var service = await Service.Of<TenNumbers>(options => (options.MaxQueue, options.Parts) = (400, AnswerParts.Relevance));
        using var net = new Loans();
        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(async seed =>
        {
            var random = new Random(seed);
            float[] numbers = [.. Enumerable.Range(0, 10).Select(_ => 2 * random.NextSingle() - 1)];
            var right = true;
            for (var i = 0; i < 3; i++)
            {
                var answer = await service.Ask(Service.Json(numbers));
                using var why = net.Explain(numbers.AsSpan(), default(Target), InitialRelevance.Logit);
                right &= why.RelevanceValues.SequenceEqual(answer.Relevance!.Single().Values.ToArray()) && answer.Target.Index == why.Target[0];
            }

            return right;
        }));
        Assert.DoesNotContain(false, answers);
    }

    [Fact]
    public async Task Pictures_of_many_clients_are_not_mixed_up()
    {
        string[] names = ["horse-stamped-1", "horse-plain-2", "dog-stamped-1", "cat-stamped-1"];
        await using var service = await Service.Of<StampedSilhouettes>(options => options.MaxQueue = 400);
        using var net = new StampedSilhouettes();
        var expected = names.Select(name =>
        {
            using var why = Rendering.ImageExplainers.Explain(net, Service.PictureFile(name));
            return why.LogitValues[why.Target[0]];
        }).ToArray();
        var answers = await Task.WhenAll(Enumerable.Range(0, 60).Select(i => service.Ask(Service.Picture(names[i % names.Length]))));
        Assert.All(answers.Index(), answer => Assert.Equal(expected[answer.Index % names.Length], (float)answer.Item.Target.Logit, 1e-4f));
    }

    [Fact]
    public async Task A_thousand_hostile_requests_are_refused_in_words_and_leave_nothing_behind()
    {
        await using var pictures = await Service.Of<CleanSilhouettes>(options => (options.MaxBodyBytes, options.MaxPixels) = (Large, 1_000_000));
        await using var numbers = await Service.Of<TenNumbers>(options => options.MaxBodyBytes = 5 * Large);
        var random = new Random(7);
        var codes = new Dictionary<string, int>();
        var (halfway, end) = (0L, 0L);
        for (var i = 1; i <= 1000; i++)
        {
            var (service, content, query, accept) = random.Next(3) > 0 ? Hostile(pictures, random, true) : Hostile(numbers, random, false);
            using (content)
            {
                using var response = await service.Post(content, query, accept);
                Assert.True((int)response.StatusCode is >= 400 and < 500, $"{response.StatusCode} to {content.Headers} {query}");
                var problem = await Problem.Of(response);
                Assert.True(problem.Detail.Length is > 30 and < 1000 && problem.Title.Length > 0 && !problem.Detail.Contains("   at ", StringComparison.Ordinal) && !problem.Detail.Contains(".cs", StringComparison.Ordinal), problem.ToString());
                codes[problem.Code] = codes.GetValueOrDefault(problem.Code) + 1;
            }

            if (i == 500)
            {
                halfway = Memory();
            }
        }

        end = Memory();
        Assert.True(codes.Count >= 12, string.Join(' ', codes));
        Assert.True(end - halfway < 10_000_000, $"{halfway} bytes halfway, {end} at the end");
        Assert.Equal("horse", (await pictures.Ask(Service.Picture())).Target.Label);
        Assert.Equal(HttpStatusCode.OK, (await numbers.Post(Service.Json(new double[10]))).StatusCode);
    }

    [Fact]
    public async Task Any_text_is_answered_in_every_form_or_refused_in_words_wherever_its_tokens_are_cut()
    {
        string[] pieces = ["good", " ", "\n", "\t", "\0", "👩‍🚀", "👍🏽", "é", "猫", "\u202e", "\u2028", "\ufffe", "\uffff", "\ue000", "<script>", "&amp;", "\"", "'", "x\u0301\u0301", "\u200d", "한", "ﷺ", new string('w', 90), "\r"];
        var random = new Random(11);

        // Tokens of three units end wherever they end, within a letter too.
        static TokenizedText Cut(string text)
        {
            var offsets = Enumerable.Range(0, (text.Length + 2) / 3).Select(i => new TokenSpan(3 * i, Math.Min(3, text.Length - 3 * i))).ToList();
            return new TokenizedText(text, [.. offsets.Select(span => (long)text[span.Start] % 142)], offsets);
        }

        await using var service = await Service.Of<Reviews>(options => options.Tokenize = Cut);
        var statuses = new Dictionary<int, int>();
        for (var i = 0; i < 150; i++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(1, 14)).Select(_ => pieces[random.Next(pieces.Length)]));
            var form = Requests.Negotiation.Offered[i % 3];
            using var response = await service.Post(random.Next(2) == 0 ? Service.Text(text) : Service.Json(new { text }), accept: form);
            var status = (int)response.StatusCode;
            Assert.True(status is 200 or 413 or 422, $"{status} to {JsonSerializer.Serialize(text)} as {form}");
            Assert.Equal(status == 200 ? form : "application/problem+json", response.Content.Headers.ContentType?.MediaType);
            statuses[status] = statuses.GetValueOrDefault(status) + 1;
        }

        Assert.True(statuses.GetValueOrDefault(200) > 50 && statuses.GetValueOrDefault(422) > 20, string.Join(' ', statuses));
    }

    [Theory]
    [InlineData("POST /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nZZZ\r\n", "HTTP/1.1 400")]
    [InlineData("POST /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: -1\r\n\r\n", "HTTP/1.1 400")]
    [InlineData("POST /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 99999999999\r\n\r\n[", "HTTP/1.1 413")]
    [InlineData("POST /x?target=%00%0d%0aSet-Cookie:a HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 3\r\n\r\n[1]", "HTTP/1.1 400")]
    public async Task Requests_that_no_client_would_send(string request, string answer)
    {
        await using var service = await Service.Of<TenNumbers>();
        var text = await Raw.Send(service.Address, request);
        Assert.StartsWith(answer, text, StringComparison.Ordinal);
        Assert.DoesNotContain("Set-Cookie: a", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_head_of_a_hundred_kilobytes_is_refused_by_the_server()
    {
        await using var service = await Service.Of<TenNumbers>();
        var text = await Raw.Send(service.Address, $"POST /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAccept: {new string('a', 100_000)}\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 431", text, StringComparison.Ordinal);
    }

    private static (Service, HttpContent, string Query, string? Accept) Hostile(Service service, Random random, bool isPicture)
    {
        var png = File.ReadAllBytes(Service.PictureFile());
        HttpContent Good() => isPicture ? Service.Bytes(png, "image/png") : Service.Json(new double[10]);
        string[] nasty = ["../../../../etc/passwd", "<img src=x onerror=alert(1)>", "'; DROP TABLE x; --", "\u202ehorse", new string('A', 2000), "{{7*7}}", "%s%n", "\0", "-1", "99999999999999999999"];
        var text = nasty[random.Next(nasty.Length)];
        var query = $"?target={Uri.EscapeDataString(text)}";
        return random.Next(14) switch
        {
            0 => (service, Service.Bytes(png[..random.Next(1, png.Length - 400)], "image/png"), "", null),
            1 => (service, Service.Bytes(Pngs.Bomb(random.Next(1001, 60_000), random.Next(1001, 60_000), rows: 20), isPicture ? "image/webp" : "image/png"), "", null),
            2 => (service, Service.Bytes(Noise(random, random.Next(1, 5000)), isPicture ? "image/jpeg" : "application/json"), "", null),
            3 => (service, Service.Bytes(AMillionNumbers, "application/json"), "", null),
            4 => (service, Service.Json(new string('[', 100_000) + "1"), "", null),
            5 => (service, Service.Json($"[{string.Join(',', Enumerable.Repeat(((string[])["NaN", "Infinity", "-Infinity", "1e999", "null", "\"1\"", "true", "{}"])[random.Next(8)], 10))}]"), "", null),
            6 => (service, Service.Json($"{{{JsonSerializer.Serialize(text)}: [1]}}"), "", null),
            7 => (service, Good(), query, null),
            8 => (service, Good(), $"?target=0&against={Uri.EscapeDataString(text)}", null),
            9 => (service, Good(), "", ((string[])["application/pdf", "video/*", ";", "application/json;q=0"])[random.Next(4)]),
            10 => (service, Service.Bytes(png, ((string[])["text/html", "application/x-www-form-urlencoded", "image/svg+xml", "x", "application/octet-stream", "application/json; charset=utf-7"])[random.Next(6)]), "", null),
            11 => (service, Service.Bytes(new byte[(isPicture ? Large : 5 * Large) + 1], isPicture ? "image/png" : "application/json"), "", null),
            12 => (service, Service.Bytes([.. "--b\r\nContent-Disposition: form-data; name=\"><script>\"; filename=\"../../x.exe\"\r\nContent-Type: image/png\r\n\r\n"u8, .. Noise(random, 200), .. "\r\n--b--\r\n"u8], "multipart/form-data; boundary=b"), "", null),
            _ => (service, Service.Bytes(Cut(random), "image/jpeg"), "", null),
        };
    }

    private static byte[] Noise(Random random, int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }

    private static byte[] Cut(Random random)
    {
        using var bitmap = SKBitmap.Decode(Service.PictureFile());
        using var file = bitmap.Encode(SKEncodedImageFormat.Jpeg, 80);
        return file.ToArray()[..random.Next(10, (int)file.Size - 400)];
    }

    /// <summary>What lives after a collection, and what the process has besides it.</summary>
    private static long Memory()
    {
        GC.Collect(2, GCCollectionMode.Forced, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
        return GC.GetTotalMemory(forceFullCollection: true);
    }
}
