using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms.Onnx;

/// <summary>Scores rows with an ONNX model, one at a time.</summary>
public sealed class OnnxScoringEstimator : TrivialEstimator<OnnxTransformer>
{
    internal OnnxScoringEstimator(IHostEnvironment env, OnnxTransformer transformer)
        : base(env.Register(nameof(OnnxScoringEstimator)), transformer)
    {
    }

    public override SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        Contracts.CheckValue(inputSchema, nameof(inputSchema));
        foreach (var input in Transformer.Inputs)
        {
            var column = inputSchema.FindInput(input.Name);
            if (column.Kind == SchemaShape.Column.VectorKind.VariableVector)
                throw Contracts.ExceptSchemaMismatch(nameof(inputSchema), "input", input.Name, "vector", column.GetTypeString());
            if (column.IsKey || column.ItemType != input.ItemType)
                throw Contracts.ExceptSchemaMismatch(nameof(inputSchema), "input", input.Name, input.ItemType.ToString(), column.GetTypeString());
        }
        return inputSchema.With(Transformer.Outputs.Select(output => new SchemaShape.Column(output.Name, SchemaShape.Column.VectorKind.Vector, output.ItemType, false)));
    }
}
