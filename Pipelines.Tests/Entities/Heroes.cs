using Microsoft.ML;
using MLPipelines.Entities;

namespace MLPipelines.Tests.Entities;

/// <summary>Entities made for tests.</summary>
internal static class Heroes
{
    /// <summary>Knights and mages: strength, element and gear follow from the role.</summary>
    public static IEnumerable<Row> Make(int count = 80, int seed = 1)
    {
        var random = new Random(seed);
        for (int i = 0; i < count; i++)
        {
            bool isKnight = i % 2 == 0;
            string[] own = isKnight ? ["sword", "shield", "helm", "mail", "boots"] : ["staff", "robe", "orb", "tome", "ink"];
            random.Shuffle(own);
            yield return new Row
            {
                Name = $"hero {i}",
                Strength = (isKnight ? 100 : 20) + random.NextSingle() * 10,
                Speed = i % 17 == 3 ? float.NaN : 50 + random.NextSingle() * 20,
                Role = isKnight ? "knight" : "mage",
                Element = i % 13 == 5 ? "" : random.Next(2) == 0 ? "fire" : "water",
                Gear = string.Join('|', own.Take(3).Append(random.Next(2) == 0 ? "rope" : "torch")),
            };
        }
    }

    public static AutoencoderOptions Options(int seed = 1, CancellationToken token = default) => new()
    {
        IdColumnName = "Name", NumberColumnNames = ["Strength", "Speed"], CategoryColumnNames = ["Role", "Element"], SetColumnNames = ["Gear"], HiddenDimension = 16, EmbeddingDimension = 6,
        Epochs = 40, BatchSize = 16, LearningRate = 0.01, Device = "cpu", Seed = seed, CancellationToken = token,
    };

    public static AutoencoderTransformer Fit(MLContext context, Action<AutoencoderOptions>? change = null, IEnumerable<Row>? rows = null)
    {
        var options = Options();
        change?.Invoke(options);
        return context.Transforms.Autoencoder(options).Fit(context.Data.LoadFromEnumerable(rows ?? Make()));
    }

    public sealed class Row
    {
        public string Name { get; set; } = "";
        public float Strength { get; set; }
        public float Speed { get; set; }
        public string Role { get; set; } = "";
        public string Element { get; set; } = "";
        public string Gear { get; set; } = "";
    }
}
