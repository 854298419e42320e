namespace MLPipelines.Scoring.Writing;

/// <summary>In what the matrices of an exported model are kept. All but the first lose precision, and make products faster where memory is what they wait for.</summary>
public enum OnnxWeightType
{
    /// <summary>float32.</summary>
    Float32,

    /// <summary>
    /// 8 bits with a scale per output, by ONNX's own operators (DynamicQuantizeLinear, MatMulInteger), which every runtime has. Inputs are rounded to 8 bits with one scale
    /// for all rows of a batch. On processors without VNNI instructions sums of pairs may saturate, which costs accuracy.
    /// </summary>
    Int8,

    /// <summary>8 bits with a scale per 32 inputs of an output, by ONNX Runtime's MatMulNBits: closer to float32, and every row's inputs have scales of their own.</summary>
    Int8Blocks,

    /// <summary>4 bits with a scale per 32 inputs of an output, by ONNX Runtime's MatMulNBits: half the memory, for large models.</summary>
    Int4Blocks,

    /// <summary>float16, half the file. Products are computed in float32, inputs and outputs are float32; only weights are rounded, by 1/2048 of themselves at most.</summary>
    Float16,
}
