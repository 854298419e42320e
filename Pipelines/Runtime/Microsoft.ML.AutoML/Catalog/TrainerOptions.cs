using Microsoft.ML.SearchSpace;

namespace Microsoft.ML.AutoML.CodeGen;

/// <summary>What is searched of SDCA trainers.</summary>
public class SdcaOption
{
    /// <summary>Legal range: 0.03125 to 32768, on a logarithmic scale. The default value is 1.</summary>
    [Range(0.03125f, 32768f, 1f, true)]
    public float L1Regularization { get; set; } = 1;

    /// <summary>Legal range: 0.03125 to 32768, on a logarithmic scale. The default value is 0.1.</summary>
    [Range(0.03125f, 32768f, 0.1f, true)]
    public float L2Regularization { get; set; } = 0.1f;

    public string LabelColumnName { get; set; } = "Label";

    public string FeatureColumnName { get; set; } = "Feature";

    public string ExampleWeightColumnName { get; set; }
}

/// <summary>What is searched of L-BFGS trainers.</summary>
public class LbfgsOption
{
    /// <summary>Legal range: 0.03125 to 32768, on a logarithmic scale. The default value is 1.</summary>
    [Range(0.03125f, 32768f, 1f, true)]
    public float L1Regularization { get; set; } = 1;

    /// <summary>Legal range: 0.03125 to 32768, on a logarithmic scale. The default value is 1.</summary>
    [Range(0.03125f, 32768f, 1f, true)]
    public float L2Regularization { get; set; } = 1;

    public string LabelColumnName { get; set; } = "Label";

    public string FeatureColumnName { get; set; } = "Feature";

    public string ExampleWeightColumnName { get; set; }
}

/// <summary>Options of a trainer that is not in this runtime; they are taken for the sake of the signatures and lead to nothing.</summary>
public class FastForestOption
{
    [Range(4, 32768, 4, true)]
    public int NumberOfTrees { get; set; } = 4;

    [Range(4, 32768, 4, true)]
    public int NumberOfLeaves { get; set; } = 4;

    [Range(2e-10f, 1f, 1f, false)]
    public float FeatureFraction { get; set; } = 1;

    public string LabelColumnName { get; set; } = "Label";

    public string FeatureColumnName { get; set; } = "Feature";

    public string ExampleWeightColumnName { get; set; }
}

/// <inheritdoc cref="FastForestOption"/>
public class FastTreeOption
{
    [Range(4, 32768, 4, true)]
    public int NumberOfLeaves { get; set; } = 4;

    [Range(2, 128, 20, true)]
    public int MinimumExampleCountPerLeaf { get; set; } = 20;

    [Range(4, 32768, 4, true)]
    public int NumberOfTrees { get; set; } = 4;

    [Range(8, 1024, 256, true)]
    public int MaximumBinCountPerFeature { get; set; } = 256;

    [Range(2e-10, 1, 1, false)]
    public double FeatureFraction { get; set; } = 1;

    [Range(2e-10, 1, 0.1, true)]
    public double LearningRate { get; set; } = 0.1;

    public string LabelColumnName { get; set; } = "Label";

    public string FeatureColumnName { get; set; } = "Feature";

    public string ExampleWeightColumnName { get; set; }

    public bool DiskTranspose { get; set; }
}

/// <inheritdoc cref="FastForestOption"/>
public class LgbmOption
{
    [Range(4, 32768, 4, true)]
    public int NumberOfLeaves { get; set; } = 4;

    [Range(20, 1024, 20, true)]
    public int MinimumExampleCountPerLeaf { get; set; } = 20;

    [Range(2e-10, 1, 1, true)]
    public double LearningRate { get; set; } = 1;

    [Range(4, 32768, 4, true)]
    public int NumberOfTrees { get; set; } = 4;

    [Range(2e-10, 1, 1, true)]
    public double SubsampleFraction { get; set; } = 1;

    [Range(8, 1024, 256, true)]
    public int MaximumBinCountPerFeature { get; set; } = 256;

    [Range(2e-10, 1, 1, false)]
    public double FeatureFraction { get; set; } = 1;

    [Range(2e-10, 1, 2e-10, true)]
    public double L1Regularization { get; set; } = 2e-10;

    [Range(2e-10, 1, 1, true)]
    public double L2Regularization { get; set; } = 1;

    public string LabelColumnName { get; set; } = "Label";

    public string FeatureColumnName { get; set; } = "Feature";

    public string ExampleWeightColumnName { get; set; }
}
