using System.Net;
using System.Text;
using Api;
using SkiaSharp;

namespace Layerwise.AspNetCore.Tests;

/// <summary>A request that cannot be answered is told what was wrong and what to do, and nothing about the server.</summary>
public sealed class RefusalTests
{
    [Theory]
    [InlineData("[1, 2", 400, "malformed-json", "line 1")]
    [InlineData("[1, NaN]", 400, "malformed-json", "NaN")]
    [InlineData("[1, Infinity]", 400, "malformed-json", "Infinity")]
    [InlineData("[1,2,3,4,5,6,7,8,9,10] []", 400, "malformed-json", "")]
    [InlineData("[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]", 400, "malformed-json", "levels")]
    [InlineData("\"ten\"", 422, "not-an-object", "a text")]
    [InlineData("[\"1\"]", 422, "not-a-number", "a text")]
    [InlineData("[null]", 422, "not-a-number", "null")]
    [InlineData("[1e39,2,3,4,5,6,7,8,9,10]", 422, "not-finite", "float32")]
    [InlineData("[3e38,3e38,-3e38,3e38,3e38,3e38,3e38,3e38,3e38,3e38]", 422, "not-finite", "trained on")]
    [InlineData("[1,2,3]", 422, "other-shape", "10 numbers")]
    [InlineData("[]", 422, "other-shape", "[N, 10]")]
    [InlineData("[1,2,3,4,5,6,7,8,9,10,11]", 422, "too-many-numbers", "10 numbers")]
    [InlineData("[[1,2,3,4,5,6,7,8,9,10],[1,2,3,4,5,6,7,8,9,10]]", 422, "too-many-numbers", "one sample")]
    [InlineData("[[1,2,3,4,5],[6,7,8,9,10]]", 422, "other-shape", "[2, 5]")]
    [InlineData("[[1,2],[3]]", 422, "ragged-array", "rows")]
    [InlineData("[1,[2]]", 422, "ragged-array", "rows")]
    [InlineData("{\"age\": [1]}", 422, "unknown-input", "'applicant'")]
    [InlineData("{}", 422, "missing-input", "'applicant'")]
    [InlineData("{\"applicant\": 1}", 422, "not-an-array", "a number")]
    [InlineData("{\"applicant\": [1,2,3,4,5,6,7,8,9,10], \"applicant\": [1]}", 400, "malformed-json", "twice")]
    public async Task Numbers_that_do_not_fit(string json, int status, string code, string words)
    {
        await using var service = await Service.Of<TenNumbers>();
        await Refuses(await service.Post(Service.Json(json)), status, code, words);
    }

    [Theory]
    [InlineData("{\"age\": 30}", "missing-feature", "monthly income, loan amount")]
    [InlineData("{\"../../etc/passwd\": 30}", "unknown-feature", "no feature '../../etc/passwd'")]
    [InlineData("{\"age\": \"30\"}", "not-a-number", "'age' is a text")]
    [InlineData("{\"age\": [30]}", "not-a-number", "'age' is an array")]
    [InlineData("{\"age\": 1e300}", "not-finite", "float32")]
    [InlineData("[1, 2]", "other-shape", "10 features")]
    [InlineData("7", "not-an-object", "monthly income")]
    public async Task Rows_that_are_none_of_the_table(string json, string code, string words)
    {
        await using var service = await Service.Of<Loans>();
        await Refuses(await service.Post(Service.Json(json)), 422, code, words);
    }

    [Theory]
    [InlineData("{\"text\": 7}", 422, "not-a-text", "a number")]
    [InlineData("{\"text\": [\"good\"]}", 422, "not-a-text", "an array")]
    [InlineData("{\"text\": null}", 422, "not-a-text", "null")]
    [InlineData("{}", 422, "no-text", "'text'")]
    [InlineData("{\"text\": \" \\n\"}", 422, "no-text", "empty")]
    [InlineData("{\"words\": \"good\"}", 422, "unknown-property", "'words'")]
    [InlineData("{\"text\": \"good\", \"text\": \"bad\"}", 400, "malformed-json", "twice")]
    [InlineData("{\"text\": \"good\\ud800\"}", 400, "malformed-json", "UTF-8")]
    [InlineData("{\"text\": \"go\\u0000od\"}", 422, "control-character", "U+0000")]
    [InlineData("{\"text\": \"go\\u001b[2Jod\"}", 422, "control-character", "U+001B")]
    [InlineData("{\"text\": \"good", 400, "malformed-json", "line 1")]
    [InlineData("{\"text\": \"—\"}", 422, "no-tokens", "no words")]
    [InlineData("[\"good\"]", 422, "not-an-object", "an array")]
    [InlineData("\"good\"", 422, "not-an-object", "a text")]
    public async Task Json_that_is_no_text(string json, int status, string code, string words)
    {
        await using var service = await Service.Of<Reviews>(options => options.Tokenize = Words.Split);
        await Refuses(await service.Post(Service.Json(json)), status, code, words);
    }

    [Fact]
    public async Task Texts_that_are_empty_too_long_or_none()
    {
        await using var service = await Service.Of<Reviews>(options => (options.Tokenize, options.MaxTextLength) = (Words.Split, 300));
        await Refuses(await service.Post(Service.Text("")), 400, "no-body", "text/plain");
        await Refuses(await service.Post(Service.Text(" \t\r\n")), 422, "no-text", "empty");
        await Refuses(await service.Post(Service.Text(new string('a', 301))), 413, "text-too-long", "301 characters; up to 300");
        await Refuses(await service.Post(Service.Text(string.Join(' ', Enumerable.Repeat("good", 49)))), 413, "too-many-tokens", "49 tokens; up to 48");
        await Refuses(await service.Post(Service.Bytes([0xC3, 0x28], "text/plain")), 400, "malformed-text", "UTF-8");
        await Refuses(await service.Post(Service.Bytes([.. "good"u8, 0], "text/plain")), 422, "control-character", "U+0000");
        await Refuses(await service.Post(Service.Bytes([0xFE, 0xFF, 0, (byte)'a'], "text/plain; charset=utf-16")), 415, "unsupported-media-type", "UTF-8");
        await Refuses(await service.Post(Service.Text("good" + new string('\n', 290) + "room"), accept: "image/png"), 413, "too-many-lines", "text/html");
        await Refuses(await service.Post(Service.Text("good"), "?target=zebra"), 400, null, "complaint, praise");
    }

    [Fact]
    public async Task Fewer_tokens_than_the_network_takes_where_the_options_say_so()
    {
        await using var service = await Service.Of<Reviews>(options => (options.Tokenize, options.MaxTokens) = (Words.Split, 3));
        await Refuses(await service.Post(Service.Text("a good room.")), 413, "too-many-tokens", "4 tokens; up to 3");
        Assert.Equal(3, (await service.Ask(Service.Text("a good room"))).Reasons!.Count);
    }

    [Fact]
    public async Task An_id_that_the_network_does_not_know_is_named_with_what_it_knows()
    {
        await using var service = await Service.Of<ReviewIds>();
        HttpContent Ids(int last) => Service.Json(Enumerable.Repeat(1, 47).Append(last));
        await Refuses(await service.Post(Ids(142)), 422, "unknown-id", "142 in 'words'; give -142 to 141");
        await Refuses(await service.Post(Ids(-143)), 422, "unknown-id", "-143 in");
        Assert.Contains((await service.Ask(Ids(141))).Target.Label, Reviews.Labels);
    }

    [Fact]
    public async Task A_tokenizer_that_fails_is_the_servers_fault()
    {
        await using var service = await Service.Of<Reviews>(options => options.Tokenize = text => new TokenizedText(text, text.Length > 3 ? [142] : [], [new TokenSpan(0, 1)]));
        await Refuses(await service.Post(Service.Text("good")), 500, "failed", "log"); // an id that is none of the vocabulary
        await Refuses(await service.Post(Service.Text("bad")), 500, "failed", "log");
    }

    [Theory]
    [InlineData("?target=zebra", "a label (bird, cat, dog, fish, horse, tree) or an index from 0 to 5")]
    [InlineData("?target=6", "0 to 5")]
    [InlineData("?target=-1", "0 to 5")]
    [InlineData("?target=", "0 to 5")]
    [InlineData("?target=horse&against=4", "give two")]
    [InlineData("?against=dog", "'target'")]
    [InlineData("?target=<script>alert(1)</script>", "no class")]
    public async Task Classes_that_there_are_not(string query, string words)
    {
        await using var service = await Service.Of<CleanSilhouettes>();
        using var response = await service.Post(Service.Picture(), query);
        await Refuses(response, 400, null, words);
        Assert.Equal("nosniff", response.Headers.GetValues("X-Content-Type-Options").Single()); // JSON, whatever stands in it
    }

    [Fact]
    public async Task Pictures_that_are_none()
    {
        await using var service = await Service.Of<CleanSilhouettes>(options => (options.MaxBodyBytes, options.MaxPixels) = (200_000, 10_000));
        var png = await File.ReadAllBytesAsync(Service.PictureFile(), TestContext.Current.CancellationToken);
        await Refuses(await service.Post(Service.Bytes(png[..3000], "image/png")), 400, "damaged-picture", "cut short");
        await Refuses(await service.Post(Service.Bytes([.. png.AsSpan(0, 8), .. new byte[500]], "image/png")), 400, "damaged-picture", "again");
        await Refuses(await service.Post(Service.Bytes("<svg xmlns='http://www.w3.org/2000/svg'/>"u8.ToArray(), "image/png")), 400, "not-a-picture", "image/png");
        await Refuses(await service.Post(Service.Bytes(Encode(20, 20, SKEncodedImageFormat.Png, "BM"), "image/png")), 400, "not-a-picture", "image/png");
        await Refuses(await service.Post(Service.Bytes(Encode(101, 100, SKEncodedImageFormat.Png), "image/png")), 413, "too-many-pixels", "10000 pixels");
        await Refuses(await service.Post(Service.Bytes(new byte[200_001], "image/png")), 413, "body-too-large", "200000 bytes");
        await Refuses(await service.Post(Service.Bytes(png, "image/bmp")), 415, "unsupported-media-type", "image/jpeg");
    }

    [Fact]
    public async Task A_bomb_is_refused_by_its_head_before_it_is_decoded()
    {
        await using var service = await Service.Of<CleanSilhouettes>();
        var before = GC.GetTotalAllocatedBytes();
        await Refuses(await service.Post(Service.Bytes(Pngs.Bomb(40_000, 40_000), "image/png")), 413, "too-many-pixels", "16000000 pixels");
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 20_000_000);
    }

    [Theory]
    [InlineData(null, null, 415, "Content-Type")]
    [InlineData("text/csv", null, 415, "application/json")]
    [InlineData("application/json; charset=utf-16", null, 415, "UTF-8")]
    [InlineData("nonsense", null, 415, "nonsense")]
    [InlineData("multipart/form-data", null, 415, "application/json")]
    [InlineData("application/json", "application/pdf", 406, "text/html")]
    [InlineData("application/json", "application/json;q=0", 406, "application/json")]
    [InlineData("application/json", ";;;", 400, "Accept")]
    public async Task Types_that_are_not_taken_or_given(string? type, string? accept, int status, string words)
    {
        await using var service = await Service.Of<TenNumbers>();
        using var content = type is null ? new ByteArrayContent([1]) : Service.Bytes("[1]"u8.ToArray(), type);
        await Refuses(await service.Post(content, accept: accept), status, null, words);
    }

    [Fact]
    public async Task A_body_that_is_encoded_or_empty_or_larger_than_it_says()
    {
        await using var service = await Service.Of<TenNumbers>(options => options.MaxBodyBytes = 1000);
        using var zipped = Service.Json("[1]");
        zipped.Headers.ContentEncoding.Add("gzip");
        await Refuses(await service.Post(zipped), 415, "unsupported-media-type", "gzip");
        await Refuses(await service.Post(Service.Json("")), 400, "no-body", "application/json");
        using var endless = new StreamContent(new Spaces(1001)); // in chunks: no length in its head
        endless.Headers.TryAddWithoutValidation("Content-Type", "application/json");
        await Refuses(await service.Post(endless), 413, "body-too-large", "1000 bytes");
    }

    [Fact]
    public async Task Forms_that_hold_no_picture_or_several()
    {
        await using var service = await Service.Of<CleanSilhouettes>();
        using var two = new MultipartFormDataContent { { Service.Picture(), "a", "a.png" }, { Service.Picture(), "b", "b.png" } };
        await Refuses(await service.Post(two), 400, "several-files", "one file");
        using var text = new MultipartFormDataContent { { new StringContent("hello"), "a" } };
        await Refuses(await service.Post(text), 415, "unsupported-media-type", "text/plain");
        await Refuses(await service.Post(Service.Bytes("--x--\r\n"u8.ToArray(), "multipart/form-data; boundary=x")), 400, "no-file", "image/png");
        await Refuses(await service.Post(Service.Bytes("garbage"u8.ToArray(), "multipart/form-data; boundary=x")), 400, "malformed-form", "boundary");
        await Refuses(await service.Post(Service.Bytes("garbage"u8.ToArray(), "multipart/form-data")), 400, "malformed-form", "boundary");
    }

    [Fact]
    public async Task A_body_that_comes_too_slowly()
    {
        await using var service = await Service.Of<TenNumbers>(options => options.Timeout = TimeSpan.FromMilliseconds(300));
        var answer = await Raw.Send(service.Address, "POST /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n[1");
        Assert.StartsWith("HTTP/1.1 408", answer, StringComparison.Ordinal);
        Assert.Contains("0.3 seconds", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failure_of_the_server_tells_nothing_of_it()
    {
        await using var service = await Service.Start(
            services => services.AddExplainer<TenNumbers>(_ => throw new FileNotFoundException("/srv/secret/model.onnx is gone"), options => options.LoadAtStart = false),
            application => application.MapExplainer<TenNumbers>("/x"));
        var problem = await Refuses(await service.Post(Service.Json("[1]")), 500, "failed", "log");
        Assert.DoesNotContain("secret", problem.Detail + problem.Title, StringComparison.Ordinal);
        using var health = await service.Client.GetAsync(new Uri("/health", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, health.StatusCode);
    }

    private static async Task<Problem> Refuses(HttpResponseMessage response, int status, string? code, string words)
    {
        var problem = await Problem.Of(response);
        Assert.True(problem.Status == status && (code is null || problem.Code == code) && problem.Detail.Contains(words, StringComparison.Ordinal), problem.ToString());
        Assert.DoesNotContain("   at ", problem.Detail, StringComparison.Ordinal);
        return problem;
    }

    private static byte[] Encode(int width, int height, SKEncodedImageFormat format, string? head = null)
    {
        using var bitmap = new SKBitmap(width, height);
        using var data = bitmap.Encode(format, 90);
        return head is null ? data.ToArray() : [.. Encoding.ASCII.GetBytes(head), .. data.ToArray()];
    }
}

/// <summary>A stream of so many spaces, whose length nobody knows before its end.</summary>
internal sealed class Spaces(int count) : MemoryStream(Encoding.ASCII.GetBytes(new string(' ', count)))
{
    public override bool CanSeek => false;
}
