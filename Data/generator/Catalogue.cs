using System.Globalization;

namespace MLPipelines.Data;

/// <summary>A product of the sample shop.</summary>
/// <param name="Id">Its number, from 101 in the order of the catalogue.</param>
/// <param name="Name">Its full name.</param>
/// <param name="Noun">What it is, in a word or two.</param>
/// <param name="Category">Its category.</param>
/// <param name="Price">Price in dollars.</param>
/// <param name="Traits">What may be said about it: powered, bluetooth, screen, worn, assembled.</param>
/// <param name="GoesWith">The noun or category it accompanies, or empty.</param>
/// <param name="BoughtAgain">Whether it is used up and bought again.</param>
internal sealed record Product(
    int Id, string Name, string Noun, string Category, double Price, IReadOnlyList<string> Traits, string GoesWith, bool BoughtAgain)
{
    public bool IsService => Category is "addon" or "subscription";

    public bool Accompanies(Product main) => GoesWith.Length > 0 && (GoesWith == main.Noun || GoesWith == main.Category);
}

/// <summary>Reads catalogue.txt.</summary>
internal static class Catalogue
{
    public static IReadOnlyList<Product> Read(string path)
    {
        var products = new List<Product>();
        string category = "";
        string[] traits = [];
        foreach (string line in File.ReadLines(path))
        {
            if (line.StartsWith("# ", StringComparison.Ordinal))
            {
                string[] words = line[2..].Split(' ');
                (category, traits) = (words[0], words[1..]);
            }
            else if (line.Contains('|', StringComparison.Ordinal) && !line.StartsWith("//", StringComparison.Ordinal))
            {
                string[] parts = line.Split('|', StringSplitOptions.TrimEntries);
                string with = parts.Length > 3 ? parts[3] : "";
                bool again = with.EndsWith(" again", StringComparison.Ordinal);
                products.Add(new Product(
                    101 + products.Count, parts[0], parts[1], category, double.Parse(parts[2], CultureInfo.InvariantCulture),
                    traits, again ? with[..^" again".Length] : with, again));
            }
        }

        return products;
    }
}
