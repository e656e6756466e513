using System.Net;
using System.Net.Http.Json;
using System.Text;
using Api;
using Layerwise.Rendering;
using SkiaSharp;

namespace Layerwise.AspNetCore.Tests;

public sealed class AnswerTests
{
    private static readonly float[] Applicant = [0.6f, 0.5f, -1, -0.3f, 0.9f, -0.6f, 0.6f, 0, 1, 0];

    [Fact]
    public async Task A_picture_gets_the_numbers_of_the_direct_call()
    {
        await using var service = await Service.Of<CleanSilhouettes>(options => options.Parts = AnswerParts.Reasons | AnswerParts.Conservation | AnswerParts.Relevance);
        var answer = await service.Ask(Service.Picture(), "?target=horse");

        using var net = new CleanSilhouettes();
        using var why = net.Explain(Service.PictureFile(), CleanSilhouettes.Label.Horse, new ExplainOptions { Initial = InitialRelevance.Logit, Conservation = true });
        Assert.Equal(why.RelevanceValues, Assert.Single(answer.Relevance!).Values.ToArray());
        Assert.Equal([3L, 64, 64], answer.Relevance![0].Shape);
        Assert.Equal((4, "horse"), (answer.Target.Index, answer.Target.Label));
        Assert.Equal(why.Logits[0, 4].item<float>(), answer.Target.Logit);
        Assert.Equal(why.Conservation.InputSum, answer.Conservation!.Input);
        Assert.Equal(answer.Conservation.Target, answer.Target.Logit, 1e-5);
        Assert.True(Math.Abs(answer.Conservation.Gap) < 1e-4);
        Assert.Equal(answer.Prediction.OrderByDescending(one => one.Logit), answer.Prediction);
    }

    [Fact]
    public async Task Reasons_are_the_strongest_parts_first_and_add_up_with_the_others()
    {
        await using var service = await Service.Of<CleanSilhouettes>(options => options.TopReasons = 64);
        var answer = await service.Ask(Service.Picture());

        Assert.Equal(64, answer.Reasons!.Count);
        Assert.Equal(answer.Reasons.OrderByDescending(one => Math.Abs(one.Relevance)), answer.Reasons);
        Assert.Equal(answer.Conservation!.Input, answer.Reasons.Sum(one => one.Relevance), 1e-3);
        Assert.Equal(1, answer.Reasons.Sum(one => one.Share), 1e-6);
        Assert.All(answer.Reasons, one => Assert.InRange(one.Region!.X + one.Region.Width, 0, 1));
    }

    [Theory]
    [InlineData("application/json", "application/json")]
    [InlineData("*/*", "application/json")]
    [InlineData(null, "application/json")]
    [InlineData("image/*", "image/png")]
    [InlineData("text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8", "text/html")]
    [InlineData("image/png;q=0.5, application/json;q=0.4", "image/png")]
    [InlineData("application/json;q=0, */*;q=0.1", "image/png")]
    [InlineData("text/html; charset=utf-8", "text/html")]
    public async Task The_form_is_what_the_client_likes_best(string? accept, string form)
    {
        await using var service = await Service.Of<CleanSilhouettes>();
        using var response = await service.Post(Service.Picture(), accept: accept);
        Assert.Equal((HttpStatusCode.OK, form), (response.StatusCode, response.Content.Headers.ContentType?.MediaType));
        Assert.Equal("Accept", response.Headers.Vary.Single());
    }

    [Fact]
    public async Task The_png_is_the_heatmap()
    {
        await using var service = await Service.Of<CleanSilhouettes>();
        using var response = await service.Post(Service.Picture(), "?target=horse", "image/png");
        using var bitmap = SKBitmap.Decode(await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));

        using var net = new CleanSilhouettes();
        using var why = net.Explain(Service.PictureFile(), CleanSilhouettes.Label.Horse, InitialRelevance.Logit);
        Assert.Equal(why.Heatmap(options: new HeatmapOptions { MinSide = 512 }).Rgba.ToArray(), Raster.FromBitmap(bitmap).Rgba.ToArray());
    }

    [Fact]
    public async Task The_html_is_a_report_that_can_do_nothing()
    {
        await using var service = await Service.Of<CleanSilhouettes>();
        using var response = await service.Post(Service.Picture(), "?target=horse&against=dog", "text/html");
        var html = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Contains("Why horse rather than dog?", html, StringComparison.Ordinal);
        Assert.Contains("the target&#39;s logit, less the same of dog", html, StringComparison.Ordinal);
        Assert.Contains("All relevance is accounted for", html, StringComparison.Ordinal);
        Assert.Contains("sandbox", response.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.True(response.Headers.CacheControl!.NoStore);
    }

    [Fact]
    public async Task A_form_of_one_file_is_the_same_as_the_file()
    {
        await using var service = await Service.Of<CleanSilhouettes>();
        using var form = new MultipartFormDataContent { { Service.Picture(), "picture", "../../etc/passwd.png" } };
        var (plain, inForm) = (await service.Ask(Service.Picture()), await service.Ask(form));
        Assert.Equal(plain.Prediction, inForm.Prediction);
        Assert.Equal(plain.Reasons, inForm.Reasons);
    }

    [Theory]
    [InlineData("jpeg", SKEncodedImageFormat.Jpeg)]
    [InlineData("webp", SKEncodedImageFormat.Webp)]
    public async Task Jpeg_and_webp_are_pictures_too(string type, SKEncodedImageFormat format)
    {
        await using var service = await Service.Of<CleanSilhouettes>();
        using var bitmap = SKBitmap.Decode(Service.PictureFile());
        using var file = bitmap.Encode(format, 95);
        var answer = await service.Ask(Service.Bytes(file.ToArray(), "image/" + type));
        Assert.Equal("horse", answer.Target.Label);
    }

    [Theory]
    [InlineData("?target=HORSE", 4, null)]
    [InlineData("?target=4", 4, null)]
    [InlineData("?target=0&against=tree", 0, 5)]
    public async Task A_class_is_asked_for_by_label_or_index(string query, int target, int? against)
    {
        await using var service = await Service.Of<CleanSilhouettes>();
        var answer = await service.Ask(Service.Picture(), query);
        Assert.Equal((target, against), (answer.Target.Index, answer.Against?.Index));
    }

    [Fact]
    public async Task Numbers_come_flat_nested_with_a_batch_of_one_or_by_the_inputs_name()
    {
        await using var service = await Service.Of<TenNumbers>(options => options.Parts = AnswerParts.Relevance);
        using var net = new Loans();
        using var why = net.Explain(Applicant.AsSpan(), default(Target), InitialRelevance.Logit);
        foreach (var body in new object[] { Applicant, new[] { Applicant }, new { applicant = Applicant } })
        {
            var answer = await service.Ask(Service.Json(body));
            Assert.Equal(why.RelevanceValues.ToArray(), answer.Relevance!.Single().Values);
        }
    }

    [Fact]
    public async Task A_row_of_a_table_is_given_by_name_as_it_stands_there()
    {
        await using var service = await Service.Of<Loans>();
        using var net = new Loans();
        float[] row = [1900, 14000, 36, 420, 600, 1, 2.5f, 3, 0, 29];
        using var why = net.ExplainRow(row, options: InitialRelevance.Logit);
        var byName = ((ITableExplainer)net).Table.Features.Zip(row).Reverse().ToDictionary(feature => feature.First, feature => feature.Second);
        foreach (var body in new object[] { byName, row })
        {
            var answer = await service.Ask(Service.Json(body));
            Assert.Equal(
                why.ByFeature(strongestFirst: true).Select(feature => (feature.Name, (double?)feature.Value, (double)feature.Relevance)),
                answer.Reasons!.Select(reason => (reason.Name, reason.Value, reason.Relevance)));
        }

        var about = (await service.Client.GetFromJsonAsync<ExplainerAnswer>("/x", TestContext.Current.CancellationToken))!;
        Assert.Equal(("table", "monthly income"), (about.Kind, about.Features![0]));
    }

    [Fact]
    public async Task A_text_comes_plain_or_as_json_and_its_reasons_are_its_tokens_with_their_places()
    {
        await using var service = await Service.Of<Reviews>(options => options.Tokenize = Words.Split);
        const string Text = "The room was not clean.\nBut I ❤️ the “friendly” staff & <b>the</b> view!";
        using var net = new Reviews();
        using var why = net.Explain(Words.Split(Text)!, Reviews.Label.Praise, new ExplainOptions { Initial = InitialRelevance.Logit, Conservation = true });
        HttpContent[] bodies =
        [
            Service.Text(Text),
            Service.Bytes([0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes(Text)], "text/plain"),
            Service.Json(new { text = Text }),
        ];
        foreach (var body in bodies)
        {
            var answer = await service.Ask(body, "?target=praise");
            Assert.Equal(
                why.ByToken().OrderByDescending(token => Math.Abs(token.Relevance)).Take(10).Select(token => (token.Token, (double)token.Relevance, token.Span.Start, token.Span.Length)),
                answer.Reasons!.Select(reason => (reason.Name, reason.Relevance, reason.Span!.Start, reason.Span.Length)));
            Assert.All(answer.Reasons!, reason => Assert.Equal(reason.Name, Text.Substring(reason.Span!.Start, reason.Span.Length)));
            Assert.Equal(why.LogitValues[1], answer.Target.Logit);
            Assert.Equal(answer.Conservation!.Target, answer.Conservation.Input + answer.Conservation.Biases + answer.Conservation.Stabilizers, 1e-4);
        }
    }

    [Fact]
    public async Task All_tokens_together_have_what_the_input_got()
    {
        await using var service = await Service.Of<Reviews>(options => (options.Tokenize, options.TopReasons, options.Parts) = (Words.Split, 48, AnswerParts.Reasons | AnswerParts.Conservation | AnswerParts.Relevance));
        var answer = await service.Ask(Service.Text("We stayed two nights. The room was clean but the breakfast was not fresh."));
        Assert.Equal(16, answer.Reasons!.Count);
        Assert.Equal(answer.Conservation!.Input, answer.Reasons.Sum(reason => reason.Relevance), 1e-4);
        Assert.Equal(1, answer.Reasons.Sum(reason => reason.Share), 1e-6);
        Assert.Equal(answer.Reasons.OrderBy(reason => reason.Span!.Start).Select(reason => (float)reason.Relevance), Assert.Single(answer.Relevance!).Values);
        var about = (await service.Client.GetFromJsonAsync<ExplainerAnswer>("/x", TestContext.Current.CancellationToken))!;
        Assert.Equal(("text", "text/plain"), (about.Kind, about.Accepts[0]));
    }

    [Fact]
    public async Task Whatever_stands_in_a_text_stands_in_the_report_as_text()
    {
        await using var service = await Service.Of<Reviews>(options => options.Tokenize = text => new TokenizedText(text, [5, 6], [new TokenSpan(0, 25), new TokenSpan(26, text.Length - 26)]));
        const string Text = "<script>alert(1)</script> <img src=x onerror=alert(2)>\u202e &amp;";
        using var response = await service.Post(Service.Text(Text), accept: "text/html");
        var html = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Contains("&lt;script&gt;alert(1)&lt;/script&gt;", html, StringComparison.Ordinal);
        Assert.Contains("&lt;img src=x onerror=alert(2)&gt;\\u202E &amp;amp;", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<img", html, StringComparison.OrdinalIgnoreCase);
        var reasons = (await service.Ask(Service.Text(Text))).Reasons!;
        Assert.Equal([Text[..25], Text[26..]], reasons.OrderBy(reason => reason.Span!.Start).Select(reason => reason.Name));
    }

    [Fact]
    public async Task A_record_can_be_had_with_the_answer()
    {
        await using var service = await Service.Of<Loans>(options => options.Parts = AnswerParts.Record);
        var answer = await service.Ask(Service.Json(new float[10]));
        var record = Evidence.AuditRecord.Parse(answer.Record!.Value.GetRawText());
        Assert.Equal(("credit.onnx", true, answer.Target.Index), (record.Model.Files[0].Name, record.IsSealed, record.Target.Classes[0]));
        Assert.Equal((answer.Target.Label, "monthly income"), (record.Target.Labels![0], record.Table!.Features[0]));
    }

    [Fact]
    public async Task A_record_of_a_text_has_its_tokens_and_their_relevance()
    {
        await using var service = await Service.Of<Reviews>(options => (options.Tokenize, options.Parts) = (Words.Split, AnswerParts.Record | AnswerParts.Reasons));
        const string Text = "The staff was not friendly.";
        var answer = await service.Ask(Service.Text(Text));
        var record = Evidence.AuditRecord.Parse(answer.Record!.Value.GetRawText());
        Assert.True(record.IsSealed);
        Assert.Equal(Words.Split(Text)!.Ids, record.Text!.Samples.Single().Ids);
        Assert.Equal(answer.Reasons!.Sum(reason => reason.Relevance), record.Relevance[0].Samples[0].Largest.Where(element => element.Index < 6).Sum(element => element.Value), 1e-4);
    }

    [Fact]
    public async Task Every_kind_of_input_has_every_form_of_answer()
    {
        await using var numbers = await Service.Of<TenNumbers>();
        await using var table = await Service.Of<Loans>();
        await using var text = await Service.Of<Reviews>(options => options.Tokenize = Words.Split);
        foreach (var form in new[] { "application/json", "image/png", "text/html" })
        {
            foreach (var (service, body) in new[] { (numbers, Service.Json(Applicant)), (table, Service.Json(Applicant)), (text, Service.Text("The room was good 👍🏽.")) })
            {
                using var response = await service.Post(body, accept: form);
                Assert.Equal((HttpStatusCode.OK, form), (response.StatusCode, response.Content.Headers.ContentType?.MediaType));
            }
        }
    }

    [Fact]
    public async Task The_options_say_what_an_answer_holds()
    {
        await using var service = await Service.Of<CleanSilhouettes>(options => (options.Parts, options.TopClasses, options.Initial) = (AnswerParts.Conservation, 2, InitialRelevance.OneHot));
        var answer = await service.Ask(Service.Picture());
        Assert.Equal(2, answer.Prediction.Count);
        Assert.Null(answer.Reasons);
        Assert.Null(answer.Relevance);
        Assert.Equal(1, answer.Conservation!.Target);
    }

    [Fact]
    public async Task The_explainer_tells_what_it_explains()
    {
        await using var service = await Service.Of<CleanSilhouettes>();
        var about = (await service.Client.GetFromJsonAsync<ExplainerAnswer>("/x", TestContext.Current.CancellationToken))!;
        Assert.Equal("picture", about.Kind);
        Assert.Equal(CleanSilhouettes.Labels, about.Labels);
        Assert.Equal(new InputAnswer("picture", "[N, 3, 64, 64]", "Float32"), about.Inputs.Single());
        Assert.Contains(about.Layers, layer => layer is { Rule: "Flat", Why: "first layer" });
    }

    [Fact]
    public async Task The_explainer_can_be_injected_and_is_the_same_for_all()
    {
        await using var service = await Service.Of<CleanSilhouettes>();
        Assert.Same(service.Services.GetService(typeof(CleanSilhouettes)), service.Services.GetService(typeof(CleanSilhouettes)));
    }
}
