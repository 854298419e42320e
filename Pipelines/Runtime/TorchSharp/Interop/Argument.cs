using System.Runtime.CompilerServices;

namespace TorchSharp;

/// <summary>An argument of an operator. It holds on to the object that it stands for, so that none is finalised during the call.</summary>
internal readonly struct Argument
{
    private Argument(NativeKind kind, object reference = null, long data = 0, double number = 0)
    {
        Kind = kind;
        Reference = reference;
        Data = data;
        Number = number;
    }

    public static Argument None => default;

    /// <summary>The operator's own default.</summary>
    public static Argument Default => new(NativeKind.Default);

    public NativeKind Kind { get; }

    public object Reference { get; }

    public long Data { get; }

    public double Number { get; }

    /// <summary>The 8-byte words of the list that it needs room for.</summary>
    public int Words => Kind switch
    {
        NativeKind.Ints => Unsafe.As<long[]>(Reference).Length,
        NativeKind.Doubles => Unsafe.As<double[]>(Reference).Length,
        NativeKind.Tensors or NativeKind.OptionalTensors => Unsafe.As<torch.Tensor[]>(Reference).Length,
        NativeKind.String => (System.Text.Encoding.UTF8.GetByteCount(Unsafe.As<string>(Reference)) + 7) / 8,
        _ => 0,
    };

    public static implicit operator Argument(torch.Tensor tensor) => tensor is null ? default : new(NativeKind.Tensor, tensor);

    public static implicit operator Argument(long value) => new(NativeKind.Int, data: value);

    public static implicit operator Argument(long? value) => value is { } number ? new(NativeKind.Int, data: number) : default;

    public static implicit operator Argument(double value) => new(NativeKind.Double, number: value);

    public static implicit operator Argument(double? value) => value is { } number ? new(NativeKind.Double, number: number) : default;

    public static implicit operator Argument(bool value) => new(NativeKind.Bool, data: value ? 1 : 0);

    public static implicit operator Argument(long[] values) => values is null ? default : new(NativeKind.Ints, values);

    public static implicit operator Argument(double[] values) => values is null ? default : new(NativeKind.Doubles, values);

    public static implicit operator Argument(torch.Tensor[] tensors) => new(NativeKind.Tensors, tensors);

    public static implicit operator Argument(string text) => text is null ? default : new(NativeKind.String, text);

    public static implicit operator Argument(torch.ScalarType type) => new(NativeKind.Int, data: (long)type);

    public static implicit operator Argument(torch.ScalarType? type) => type is { } known ? new(NativeKind.Int, data: (long)known) : default;

    public static implicit operator Argument(torch.Device device) => device is null ? default : new(NativeKind.Device, device);

    public static implicit operator Argument(torch.Generator generator) => generator is null ? default : new(NativeKind.Generator, generator);

    public static implicit operator Argument(Scalar scalar) =>
        scalar is null ? default : scalar.IsFloating ? new(NativeKind.Double, number: scalar.Number) : new(scalar.Type == torch.ScalarType.Bool ? NativeKind.Bool : NativeKind.Int, data: scalar.Integer);

    /// <summary>A list in which a null stands for no tensor.</summary>
    public static Argument Optional(torch.Tensor[] tensors) => new(NativeKind.OptionalTensors, tensors);

    /// <summary>Writes it for the shim; a list goes into the words.</summary>
    public unsafe void Write(NativeValue* target, long* words)
    {
        target->Kind = Kind;
        target->Count = 0;
        target->Data = Data;
        target->Number = Number;
        switch (Kind)
        {
            case NativeKind.Tensor:
                target->Data = Unsafe.As<torch.Tensor>(Reference).Handle;
                break;
            case NativeKind.Generator:
                target->Data = Unsafe.As<torch.Generator>(Reference).Handle;
                break;
            case NativeKind.Device:
                var device = Unsafe.As<torch.Device>(Reference);
                target->Count = (int)device.type;
                target->Data = device.index;
                break;
            case NativeKind.Ints:
                var integers = Unsafe.As<long[]>(Reference);
                integers.CopyTo(new Span<long>(words, integers.Length));
                target->Count = integers.Length;
                target->Data = (long)words;
                break;
            case NativeKind.Doubles:
                var numbers = Unsafe.As<double[]>(Reference);
                numbers.CopyTo(new Span<double>(words, numbers.Length));
                target->Count = numbers.Length;
                target->Data = (long)words;
                break;
            case NativeKind.Tensors or NativeKind.OptionalTensors:
                var tensors = Unsafe.As<torch.Tensor[]>(Reference);
                for (int i = 0; i < tensors.Length; i++)
                    words[i] = tensors[i] is null && Kind == NativeKind.OptionalTensors ? 0 : tensors[i].Handle;
                target->Count = tensors.Length;
                target->Data = (long)words;
                break;
            case NativeKind.String:
                string text = Unsafe.As<string>(Reference);
                target->Count = System.Text.Encoding.UTF8.GetBytes(text, new Span<byte>(words, Words * sizeof(long)));
                target->Data = (long)words;
                break;
        }
    }
}
