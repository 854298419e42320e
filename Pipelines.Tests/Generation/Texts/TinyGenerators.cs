using MLPipelines.Generation;

namespace MLPipelines.Tests.Generation;

/// <summary>The exported models beside the tests: small, with random weights, so that they write nonsense quickly.</summary>
internal static class TinyGenerators
{
    /// <summary>With encoder, decoder, and decoder with past.</summary>
    public static string Separate { get; } = Path.Combine(AppContext.BaseDirectory, "Fixtures", "models", "t5_relu");

    /// <summary>With a merged decoder.</summary>
    public static string Merged { get; } = Path.Combine(AppContext.BaseDirectory, "Fixtures", "models", "t5_gated");

    /// <summary>A folder with links to the files of a model, to be changed by a test.</summary>
    public static void CopyTo(string model, string folder)
    {
        foreach (string file in Directory.EnumerateFiles(model))
        {
            if (Path.GetFileName(file) is not ("expected.json" or "model.safetensors"))
                File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        }
    }
}
