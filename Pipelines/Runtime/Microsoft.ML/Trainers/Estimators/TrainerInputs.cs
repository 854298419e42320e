using Microsoft.ML.Data;

namespace Microsoft.ML.Trainers;

/// <summary>The base of the options of trainers.</summary>
public abstract class TrainerInputBase
{
    private protected TrainerInputBase()
    {
    }

    /// <summary>The column of features. The default value is "Features".</summary>
    public string FeatureColumnName = DefaultColumnNames.Features;
}

/// <summary>The base of the options of trainers that learn from labels.</summary>
public abstract class TrainerInputBaseWithLabel : TrainerInputBase
{
    private protected TrainerInputBaseWithLabel()
    {
    }

    /// <summary>The column of labels. The default value is "Label".</summary>
    public string LabelColumnName = DefaultColumnNames.Label;
}

/// <summary>The base of the options of trainers that can weigh examples.</summary>
public abstract class TrainerInputBaseWithWeight : TrainerInputBaseWithLabel
{
    private protected TrainerInputBaseWithWeight()
    {
    }

    /// <summary>The column of weights. The default value is null: all weigh 1.</summary>
    public string ExampleWeightColumnName;
}

/// <summary>The base of the options of trainers whose examples come in groups.</summary>
public abstract class TrainerInputBaseWithGroupId : TrainerInputBaseWithWeight
{
    private protected TrainerInputBaseWithGroupId()
    {
    }

    /// <summary>The column of group keys. The default value is null.</summary>
    public string RowGroupColumnName;
}

/// <summary>The base of the options of trainers without labels that can weigh examples.</summary>
public abstract class UnsupervisedTrainerInputBaseWithWeight : TrainerInputBase
{
    private protected UnsupervisedTrainerInputBaseWithWeight()
    {
    }

    /// <summary>The column of weights. The default value is null: all weigh 1.</summary>
    public string ExampleWeightColumnName;
}
