using System.Globalization;
using System.Text;
using MLPipelines.Text.Encoders;
using TorchSharp;

namespace MLPipelines.Text;

/// <summary>What a token did for a class.</summary>
/// <param name="Token">The token, as the vocabulary has it.</param>
/// <param name="Start">Where it begins in the text, in UTF-16 code units.</param>
/// <param name="End">One past where it ends.</param>
/// <param name="Attribution">Gradient × input, in units of the logit: above 0 for the class, below 0 against it.</param>
public readonly record struct TokenAttribution(string Token, int Start, int End, float Attribution);

/// <summary>Why a text has, or has not, a class.</summary>
/// <param name="Label">The class explained.</param>
/// <param name="Logit">Its logit.</param>
/// <param name="Tokens">The tokens of the text in order, without the special ones.</param>
public sealed record TextExplanation(string Label, float Logit, IReadOnlyList<TokenAttribution> Tokens)
{
    /// <summary>The tokens that did the most, for people.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{Label} (logit {Logit:0.000})\n");
        foreach (var token in Tokens.OrderByDescending(token => Math.Abs(token.Attribution)).Take(10))
            text.Append(CultureInfo.InvariantCulture, $"{token.Attribution,9:+0.0000;-0.0000} {token.Token}\n");
        return text.ToString();
    }
}

/// <summary>Computes gradient × input.</summary>
internal static class TokenAttributions
{
    public static TextExplanation Explain(EncoderRunner runner, string text, string? label)
    {
        var labels = runner.Config.Labels;
        int asked = label is null ? -1 : labels.ToList().IndexOf(label);
        if (label is not null && asked < 0)
            throw TextErrors.UnknownLabel(label, labels);
        var tokens = runner.Tokenizer.Tokenize(text, pair: null, Tokenizing.Options(runner.MaximumTokens));
        var (chosen, logit, attributions) = runner.Exclusively(() => Compute(runner, tokens.Ids, asked));
        var kept = new List<TokenAttribution>();
        for (int i = 0; i < attributions.Length; i++)
        {
            if (!tokens.IsSpecial[i])
                kept.Add(new TokenAttribution(tokens.Tokens[i], tokens.Offsets[i].Start, tokens.Offsets[i].End, attributions[i]));
        }
        return new TextExplanation(labels[chosen], logit, kept);
    }

    private static (int Label, float Logit, float[] Attributions) Compute(EncoderRunner runner, int[] ids, int label)
    {
        using var gradients = torch.enable_grad();
        using var scope = torch.NewDisposeScope();
        var model = (EncoderModel)runner.Module;
        var input = EncoderInput.Create(runner.Config, [ids], device: runner.Device);
        var words = model.Encoder.EmbedWords(input.InputIds).detach().requires_grad_(true);
        var logits = model.forward(input with { WordEmbeddings = words }).to(torch.ScalarType.Float32);
        float[] values = logits.detach().cpu().contiguous().data<float>().ToArray();
        int chosen = label >= 0 ? label : TextClassificationMetrics.Largest(values);
        logits.select(1, chosen).sum().backward();
        var product = (words.grad!.to(torch.ScalarType.Float32) * words.detach().to(torch.ScalarType.Float32)).sum(2);
        return (chosen, values[chosen], product.cpu().contiguous().data<float>().ToArray());
    }
}
