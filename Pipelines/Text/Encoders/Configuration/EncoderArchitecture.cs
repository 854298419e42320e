namespace MLPipelines.Text.Encoders;

/// <summary>The kinds of encoder that can be built.</summary>
public enum EncoderArchitecture
{
    /// <summary>BERT: learnt positions, two segments, a pooler. <see href="https://arxiv.org/abs/1810.04805"/></summary>
    Bert,

    /// <summary>DistilBERT: BERT without segments and pooler, usually with half the layers. <see href="https://arxiv.org/abs/1910.01108"/></summary>
    DistilBert,

    /// <summary>RoBERTa, and XLM-RoBERTa and CamemBERT, which are built alike: positions are counted from the padding id on. <see href="https://arxiv.org/abs/1907.11692"/></summary>
    Roberta,
}

/// <summary>What the labels of a sequence classifier are, which decides the loss.</summary>
public enum EncoderProblemType
{
    /// <summary>Exactly one label is right: cross entropy over a softmax.</summary>
    SingleLabel,

    /// <summary>Any number of labels are right: binary cross entropy per label.</summary>
    MultiLabel,

    /// <summary>Labels are numbers: mean squared error.</summary>
    Regression,
}
