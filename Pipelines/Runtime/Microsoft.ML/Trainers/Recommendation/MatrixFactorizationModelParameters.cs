using System.Diagnostics.CodeAnalysis;
using System.Numerics.Tensors;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers.Recommender;

/// <summary>Two matrices whose product approximates the one that was learnt from. Rows and columns without a value in training have NaN factors.</summary>
/// <remarks>Thread-safe for reading.</remarks>
public sealed class MatrixFactorizationModelParameters : ICanSaveModel
{
    internal const string LoaderName = "MFPredictor";
    private const int FormatVersion = 1;

    private readonly float[] _left;
    private readonly float[] _right;

    /// <summary>The number of rows: of the key values of the row column.</summary>
    [SuppressMessage("Design", "CA1051", Justification = "The published shape.")]
    public readonly int NumberOfRows;

    /// <summary>The number of columns: of the key values of the column column.</summary>
    [SuppressMessage("Design", "CA1051", Justification = "The published shape.")]
    public readonly int NumberOfColumns;

    /// <summary>The rank of both matrices.</summary>
    [SuppressMessage("Design", "CA1051", Justification = "The published shape.")]
    public readonly int ApproximationRank;

    internal MatrixFactorizationModelParameters(IHostEnvironment env, int rows, int columns, int rank, float[] left, float[] right)
    {
        Contracts.CheckValue(env, nameof(env));
        env.Register(LoaderName);
        NumberOfRows = rows;
        NumberOfColumns = columns;
        ApproximationRank = rank;
        _left = left;
        _right = right;
    }

    /// <summary>The factors of the rows, one row's after another's.</summary>
    public IReadOnlyList<float> LeftFactorMatrix => _left;

    /// <summary>The factors of the columns, one column's after another's.</summary>
    public IReadOnlyList<float> RightFactorMatrix => _right;

    /// <summary>The value at a 1-based row and column; NaN where training knew none of the row or none of the column.</summary>
    internal float Score(ulong row, ulong column) =>
        row - 1 < (ulong)NumberOfRows && column - 1 < (ulong)NumberOfColumns
            ? TensorPrimitives.Dot(
                _left.AsSpan((int)(row - 1) * ApproximationRank, ApproximationRank),
                _right.AsSpan((int)(column - 1) * ApproximationRank, ApproximationRank))
            : float.NaN;

    internal static MatrixFactorizationModelParameters Load(ModelLoadContext ctx)
    {
        ctx.CheckVersion(FormatVersion);
        int rows = ctx.Reader.ReadInt32(), columns = ctx.Reader.ReadInt32(), rank = ctx.Reader.ReadInt32();
        Contracts.CheckDecode(rows > 0 && columns > 0 && rank > 0);
        var left = ctx.Reader.ReadArray<float>();
        var right = ctx.Reader.ReadArray<float>();
        Contracts.CheckDecode(left.LongLength == (long)rows * rank && right.LongLength == (long)columns * rank);
        Contracts.CheckDecode(!left.AsSpan().ContainsInfinity() && !right.AsSpan().ContainsInfinity(), "The factors must not be infinite");
        return new MatrixFactorizationModelParameters(ctx.Env, rows, columns, rank, left, right);
    }

    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        Contracts.CheckValue(ctx, nameof(ctx));
        ctx.SetLoader(LoaderName, FormatVersion);
        ctx.Writer.Write(NumberOfRows);
        ctx.Writer.Write(NumberOfColumns);
        ctx.Writer.Write(ApproximationRank);
        ctx.Writer.WriteArray<float>(_left);
        ctx.Writer.WriteArray<float>(_right);
    }
}

internal static class FactorSpans
{
    public static bool ContainsInfinity(this Span<float> values)
    {
        foreach (float value in values)
        {
            if (float.IsInfinity(value))
                return true;
        }
        return false;
    }
}
