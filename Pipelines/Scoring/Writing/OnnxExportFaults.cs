namespace MLPipelines.Scoring.Writing;

/// <summary>What is wrong with how weights are to be written, among options with the properties WeightType, Placement and Portable.</summary>
public static class OnnxExportFaults
{
    /// <summary>Adds what is wrong with the three.</summary>
    /// <param name="faults">What was found so far.</param>
    /// <param name="weightType">In what matrices are kept.</param>
    /// <param name="placement">Where weights go.</param>
    /// <param name="portable">Whether only ONNX's own operators are written.</param>
    public static OptionFaults Weights(this OptionFaults faults, OnnxWeightType weightType, OnnxWeightPlacement placement, bool portable)
    {
        ArgumentNullException.ThrowIfNull(faults);
        return faults
            .If(!Enum.IsDefined(weightType), $"WeightType is {weightType}; it must be {string.Join(" or ", Enum.GetNames<OnnxWeightType>())}")
            .If(!Enum.IsDefined(placement), $"Placement is {placement}; it must be {string.Join(" or ", Enum.GetNames<OnnxWeightPlacement>())}")
            .If(portable && weightType is (OnnxWeightType.Int8Blocks or OnnxWeightType.Int4Blocks), $"Portable is true and WeightType {weightType}, whose products are an operator of ONNX Runtime; choose another type, or set Portable to false");
    }
}
