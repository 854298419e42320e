using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>The transforms, each reached through an extension method.</summary>
public sealed class TransformsCatalog
{
    internal TransformsCatalog(IHostEnvironment env)
    {
        Environment = env;
        Categorical = new CategoricalTransforms(env);
        Conversion = new ConversionTransforms(env);
        Text = new TextTransforms(env);
        FeatureSelection = new FeatureSelectionTransforms(env);
    }

    internal IHostEnvironment Environment { get; }

    public CategoricalTransforms Categorical { get; }

    public ConversionTransforms Conversion { get; }

    public TextTransforms Text { get; }

    public FeatureSelectionTransforms FeatureSelection { get; }

    /// <summary>Transforms of categories.</summary>
    public sealed class CategoricalTransforms
    {
        internal CategoricalTransforms(IHostEnvironment env) => Environment = env;

        internal IHostEnvironment Environment { get; }
    }

    /// <summary>Transforms of types and keys.</summary>
    public sealed class ConversionTransforms
    {
        internal ConversionTransforms(IHostEnvironment env) => Environment = env;

        internal IHostEnvironment Environment { get; }
    }

    /// <summary>Transforms of text.</summary>
    public sealed class TextTransforms
    {
        internal TextTransforms(IHostEnvironment env) => Environment = env;

        internal IHostEnvironment Environment { get; }
    }

    /// <summary>Transforms that choose features.</summary>
    public sealed class FeatureSelectionTransforms
    {
        internal FeatureSelectionTransforms(IHostEnvironment env) => Environment = env;

        internal IHostEnvironment Environment { get; }
    }
}

/// <summary>The names of an output column and of the input column it is made from (by default the same).</summary>
public sealed class InputOutputColumnPair
{
    public InputOutputColumnPair(string outputColumnName, string inputColumnName = null)
    {
        Contracts.CheckNonEmpty(outputColumnName, nameof(outputColumnName));
        OutputColumnName = outputColumnName;
        InputColumnName = inputColumnName ?? outputColumnName;
    }

    public string InputColumnName { get; }

    public string OutputColumnName { get; }

    internal static (string outputColumnName, string inputColumnName)[] ToTuples(InputOutputColumnPair[] pairs)
    {
        Contracts.CheckNonEmpty(pairs, "columns");
        return Array.ConvertAll(pairs, pair => (pair.OutputColumnName, pair.InputColumnName));
    }
}
