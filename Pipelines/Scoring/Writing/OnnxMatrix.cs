using System.Globalization;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace MLPipelines.Scoring.Writing;

/// <summary>A matrix of a model, with rows of weights for outputs, and the operators that multiply with it or look its rows up.</summary>
/// <remarks>The elements are read when they are written, each time anew, and are not kept.</remarks>
/// <param name="Name">What its constants are called; the same name must mean the same weights in all models that are written together.</param>
/// <param name="Outputs">The number of rows.</param>
/// <param name="Inputs">The number of columns.</param>
/// <param name="Read">Reads the elements, row by row.</param>
/// <param name="Type">What they are kept in.</param>
public sealed record OnnxMatrix(string Name, long Outputs, long Inputs, Func<float[]> Read, OnnxWeightType Type = OnnxWeightType.Float32)
{
    private const int BlockSize = 32;
    private const long IntegerAccuracy = 4; // inputs are rounded to 8 bits, a scale per block

    private long Blocks => (Inputs + BlockSize - 1) / BlockSize;

    private int Bits => Type == OnnxWeightType.Int4Blocks ? 4 : 8;

    /// <summary>The product input · transposed matrix.</summary>
    /// <param name="graph">Where to.</param>
    /// <param name="input">[…, inputs].</param>
    /// <returns>[…, outputs].</returns>
    public string Multiply(OnnxGraphBuilder graph, string input)
    {
        ArgumentNullException.ThrowIfNull(graph);
        switch (Type)
        {
            case OnnxWeightType.Int8:
                string[] rounded = graph.Node("DynamicQuantizeLinear", "", [input], 3);
                var (values, scales) = PerOutput(graph);
                string sums = graph.Node("Cast", [graph.Node("MatMulInteger", [rounded[0], values, rounded[2]])], new OnnxAttribute("to", (long)OnnxElementType.Float));
                return graph.Node("Mul", [sums, graph.Node("Mul", [rounded[1], scales])]);
            case OnnxWeightType.Int8Blocks or OnnxWeightType.Int4Blocks:
                var (blocks, blockScales) = InBlocks(graph);
                return graph.MicrosoftNode(
                    "MatMulNBits", [input, blocks, blockScales], new OnnxAttribute("K", Inputs), new OnnxAttribute("N", Outputs), new OnnxAttribute("bits", (long)Bits),
                    new OnnxAttribute("block_size", (long)BlockSize), new OnnxAttribute("accuracy_level", IntegerAccuracy));
            case OnnxWeightType.Float16:
                string half = graph.Add(new OnnxTensor($"{Name}.transposed.half", OnnxElementType.Float16, [Inputs, Outputs], stream => Write(stream, Halves(Transposed(Read())))));
                return graph.Node("MatMul", [input, ToFloat(graph, half)]);
            default:
                return graph.Node("MatMul", [input, graph.Add(new OnnxTensor($"{Name}.transposed", OnnxElementType.Float, [Inputs, Outputs], stream => Write(stream, Transposed(Read()))))]);
        }
    }

    /// <summary>The product of rows with the matrix as it lies, so that <see cref="Lookup"/> shares its elements.</summary>
    /// <param name="graph">Where to.</param>
    /// <param name="input">[rows, inputs].</param>
    /// <returns>[rows, outputs].</returns>
    public string MultiplyRows(OnnxGraphBuilder graph, string input)
    {
        ArgumentNullException.ThrowIfNull(graph);
        return Type switch
        {
            OnnxWeightType.Float32 => graph.Node("Gemm", [input, Whole(graph)], new OnnxAttribute("transB", 1L)),
            OnnxWeightType.Float16 => graph.Node("Gemm", [input, ToFloat(graph, Half(graph))], new OnnxAttribute("transB", 1L)),
            _ => Multiply(graph, input),
        };
    }

    /// <summary>Looks rows up.</summary>
    /// <param name="graph">Where to.</param>
    /// <param name="ids">int64 [batch, tokens].</param>
    /// <returns>[batch, tokens, inputs].</returns>
    public string Lookup(OnnxGraphBuilder graph, string ids)
    {
        ArgumentNullException.ThrowIfNull(graph);
        var toFloat = new OnnxAttribute("to", (long)OnnxElementType.Float);
        var byRow = new OnnxAttribute("axis", 0L);
        switch (Type)
        {
            case OnnxWeightType.Int8:
                var (values, scales) = PerOutput(graph);
                // The columns of [inputs, outputs] that the product reads: [inputs, batch, tokens].
                string columns = graph.Node("Gather", [values, ids], new OnnxAttribute("axis", 1L));
                string rows = graph.Node("Cast", [graph.Node("Transpose", [columns], new OnnxAttribute("perm", new long[] { 1, 2, 0 }))], toFloat);
                string rowScales = graph.Node("Unsqueeze", [graph.Node("Gather", [scales, ids], byRow), graph.Integers(-1)]);
                return graph.Node("Mul", [rows, rowScales]);
            case OnnxWeightType.Int8Blocks when Inputs % BlockSize == 0:
                var (blocks, blockScales) = InBlocks(graph);
                string found = graph.Node("Cast", [graph.Node("Gather", [blocks, ids], byRow)], toFloat);
                string centred = graph.Node("Sub", [found, graph.Number(128)]);
                string byBlock = graph.Node("Unsqueeze", [graph.Node("Gather", [blockScales, ids], byRow), graph.Integers(-1)]);
                return graph.Node("Reshape", [graph.Node("Mul", [centred, byBlock]), graph.Integers(0, 0, Inputs)]);
            case OnnxWeightType.Float16:
                return ToFloat(graph, graph.Node("Gather", [Half(graph), ids], byRow));
            default:
                return graph.Node("Gather", [Whole(graph), ids], byRow);
        }
    }

    private string Whole(OnnxGraphBuilder graph) => graph.Add(new OnnxTensor(Name, OnnxElementType.Float, [Outputs, Inputs], stream => Write(stream, Read())));

    private string Half(OnnxGraphBuilder graph) => graph.Add(new OnnxTensor($"{Name}.half", OnnxElementType.Float16, [Outputs, Inputs], stream => Write(stream, Halves(Read()))));

    private static string ToFloat(OnnxGraphBuilder graph, string half) => graph.Node("Cast", [half], new OnnxAttribute("to", (long)OnnxElementType.Float));

    private Half[] Halves(float[] values)
    {
        if (Math.Abs(LargestMagnitude(values)) > (float)System.Half.MaxValue)
            throw OnnxWritingErrors.TooLargeForHalf(Name, LargestMagnitude(values));
        var halves = new Half[values.Length];
        TensorPrimitives.ConvertToHalf(values, halves);
        return halves;
    }

    /// <summary>Elements [inputs, outputs] in 8 bits, and scales [outputs].</summary>
    private (string Values, string Scales) PerOutput(OnnxGraphBuilder graph)
    {
        string values = graph.Add(new OnnxTensor($"{Name}.int8", OnnxElementType.Int8, [Inputs, Outputs], stream =>
        {
            float[] rows = Read();
            var rounded = new sbyte[rows.Length];
            for (long row = 0; row < Outputs; row++)
            {
                var source = rows.AsSpan((int)(row * Inputs), (int)Inputs);
                float inverse = Inverse(LargestMagnitude(source) / 127);
                for (int i = 0; i < source.Length; i++)
                    rounded[(i * Outputs) + row] = (sbyte)MathF.Round(source[i] * inverse);
            }
            Write(stream, rounded);
        }));
        string scales = graph.Add(new OnnxTensor($"{Name}.int8.scales", OnnxElementType.Float, [Outputs], stream =>
        {
            float[] rows = Read();
            var each = new float[Outputs];
            for (int row = 0; row < each.Length; row++)
                each[row] = LargestMagnitude(rows.AsSpan((int)(row * Inputs), (int)Inputs)) / 127;
            Write(stream, each);
        }));
        return (values, scales);
    }

    /// <summary>Elements [outputs, blocks, bytes of a block], and scales [outputs, blocks].</summary>
    private (string Values, string Scales) InBlocks(OnnxGraphBuilder graph)
    {
        int middle = 1 << (Bits - 1);
        int most = middle - 1;
        int bytes = BlockSize * Bits / 8;
        string stem = string.Create(CultureInfo.InvariantCulture, $"{Name}.{Bits}bits");
        string values = graph.Add(new OnnxTensor(stem, OnnxElementType.UInt8, [Outputs, Blocks, bytes], stream =>
        {
            var rounded = new byte[Outputs * Blocks * bytes];
            ForEachBlock((index, block) =>
            {
                float inverse = Inverse(LargestMagnitude(block) / most);
                var target = rounded.AsSpan((int)(index * bytes), bytes);
                // What is beyond the last input counts as 0.
                target.Fill(Bits == 8 ? (byte)middle : (byte)(middle | (middle << 4)));
                for (int i = 0; i < block.Length; i++)
                {
                    int value = (int)MathF.Round(block[i] * inverse) + middle;
                    if (Bits == 8)
                        target[i] = (byte)value;
                    else
                        target[i / 2] = (byte)(i % 2 == 0 ? (target[i / 2] & 0xF0) | value : (target[i / 2] & 0x0F) | (value << 4));
                }
            });
            Write(stream, rounded);
        }));
        string scales = graph.Add(new OnnxTensor($"{stem}.scales", OnnxElementType.Float, [Outputs, Blocks], stream =>
        {
            var each = new float[Outputs * Blocks];
            ForEachBlock((index, block) => each[index] = LargestMagnitude(block) / most);
            Write(stream, each);
        }));
        return (values, scales);
    }

    private void ForEachBlock(BlockAction action)
    {
        float[] rows = Read();
        for (long row = 0; row < Outputs; row++)
        {
            for (long block = 0; block < Blocks; block++)
            {
                int start = (int)((row * Inputs) + (block * BlockSize));
                action((row * Blocks) + block, rows.AsSpan(start, (int)Math.Min(BlockSize, Inputs - (block * BlockSize))));
            }
        }
    }

    private float[] Transposed(float[] rows)
    {
        const int Tile = 32;
        var target = new float[rows.Length];
        for (long row = 0; row < Outputs; row += Tile)
        {
            for (long column = 0; column < Inputs; column += Tile)
            {
                for (long i = row; i < Math.Min(row + Tile, Outputs); i++)
                {
                    for (long j = column; j < Math.Min(column + Tile, Inputs); j++)
                        target[(j * Outputs) + i] = rows[(i * Inputs) + j];
                }
            }
        }
        return target;
    }

    private static float LargestMagnitude(ReadOnlySpan<float> values) => Math.Abs(TensorPrimitives.MaxMagnitude(values));

    private static float Inverse(float scale) => scale == 0 ? 0 : 1 / scale;

    private static void Write<T>(Stream stream, T[] values)
        where T : unmanaged
    {
        const int Piece = 1 << 20;
        for (int start = 0; start < values.Length; start += Piece)
            stream.Write(MemoryMarshal.AsBytes(values.AsSpan(start, Math.Min(Piece, values.Length - start))));
    }

    private delegate void BlockAction(long index, ReadOnlySpan<float> block);
}
