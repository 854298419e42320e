namespace TorchSharp;

/// <summary>A number, an integer or a truth value, with the element type that it came as.</summary>
public sealed class Scalar : IDisposable
{
    internal Scalar(double value, torch.ScalarType type = torch.ScalarType.Float64)
    {
        Number = value;
        Type = type;
    }

    internal Scalar(long value, torch.ScalarType type = torch.ScalarType.Int64)
    {
        Integer = value;
        Type = type;
    }

    internal Scalar(bool value)
        : this(value ? 1 : 0, torch.ScalarType.Bool)
    {
    }

    /// <summary>The element type that it came as.</summary>
    public torch.ScalarType Type { get; }

    internal double Number { get; }

    internal long Integer { get; }

    internal bool IsFloating => torch.is_floating_point(Type);

    public static implicit operator Scalar(byte value) => new(value, torch.ScalarType.Byte);

    public static implicit operator Scalar(sbyte value) => new(value, torch.ScalarType.Int8);

    public static implicit operator Scalar(short value) => new(value, torch.ScalarType.Int16);

    public static implicit operator Scalar(int value) => new(value, torch.ScalarType.Int32);

    public static implicit operator Scalar(long value) => new(value);

    public static implicit operator Scalar(float value) => new(value, torch.ScalarType.Float32);

    public static implicit operator Scalar(double value) => new(value);

    public static implicit operator Scalar(bool value) => new(value);

    /// <summary>Does nothing: it holds no native memory.</summary>
    public void Dispose()
    {
    }
}
