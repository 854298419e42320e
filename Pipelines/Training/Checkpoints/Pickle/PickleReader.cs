using System.Text;

namespace MLPipelines.Training.Checkpoints;

/// <summary>Reads what <c>torch.save</c> wrote: a zip with <c>data.pkl</c>, which describes the tensors, and one entry for each storage.</summary>
internal static class PickleReader
{
    private const string PickleEntry = "data.pkl";

    private static ReadOnlySpan<byte> ZipMagic => "PK\u0003\u0004"u8;

    /// <param name="source">The file; it owns what the tensors take beside it.</param>
    /// <param name="metadata">Stays empty: a pickle says nothing of itself.</param>
    /// <exception cref="CheckpointException">The file is no such zip, is damaged, or holds something else than tensors in a dict.</exception>
    public static List<CheckpointTensor> Read(ByteSource source, Dictionary<string, string> metadata)
    {
        CheckMagic(source);
        var zip = new TorchZip(source);
        var root = FindRoot(zip, source.Name);
        CheckByteOrder(zip, root, source.Name);
        long length = zip.LengthOf(root + PickleEntry);
        if (length > Unpickler.MaximumLength)
            throw CheckpointErrors.Refused(source.Name, FormattableString.Invariant($"its {PickleEntry} has {length} bytes; {Unpickler.MaximumLength} are allowed"));
        var top = Unpickler.Read(zip.Open(root + PickleEntry).ReadAll(0, (int)length), source.Name);
        return new TensorBuilder(source.Name, zip, root).Build(top);
    }

    private static void CheckMagic(ByteSource source)
    {
        Span<byte> head = stackalloc byte[ZipMagic.Length];
        if (source.Length >= head.Length)
            source.Read(0, head);
        if (head.SequenceEqual(ZipMagic))
            return;
        if (head[0] == 0x80)
            throw CheckpointErrors.Refused(source.Name, "it has the format that torch wrote before version 1.6, a bare pickle instead of a zip; load it in Python and save it again, best as safetensors");
        throw CheckpointErrors.Refused(source.Name, "it is not a zip as torch.save writes it");
    }

    /// <summary>All entries stand in one folder, whatever its name.</summary>
    private static string FindRoot(TorchZip zip, string file)
    {
        var pickles = zip.Names.Where(name => name.EndsWith("/" + PickleEntry, StringComparison.Ordinal) && name.IndexOf('/') == name.Length - PickleEntry.Length - 1).ToList();
        if (pickles.Count != 1)
            throw CheckpointErrors.Refused(file, FormattableString.Invariant($"its zip has {pickles.Count} entries named {PickleEntry} where torch.save writes one"));
        var root = pickles[0][..^PickleEntry.Length];
        if (zip.Contains(root + "constants.pkl"))
            throw CheckpointErrors.Refused(file, "it is a TorchScript program, which carries code; save the module's state_dict instead");
        return root;
    }

    private static void CheckByteOrder(TorchZip zip, string root, string file)
    {
        var name = root + "byteorder";
        if (!zip.Contains(name))
            return;
        long length = zip.LengthOf(name);
        var order = length <= 16 ? Encoding.ASCII.GetString(zip.Open(name).ReadAll(0, (int)length)) : "";
        if (order != "little")
            throw CheckpointErrors.Refused(file, $"its numbers have the byte order '{CheckpointErrors.Printable(order)}'; only 'little' can be read, so save it again on a little-endian machine");
    }

    /// <summary>Makes tensors of what the pickle describes.</summary>
    private sealed class TensorBuilder(string file, TorchZip zip, string root)
    {
        private readonly Dictionary<string, (PickleStorage Storage, ByteSource Bytes)> _storages = new(StringComparer.Ordinal);

        public List<CheckpointTensor> Build(object top)
        {
            if (top is not PickleDictionary dictionary)
                throw CheckpointErrors.Refused(file, $"it holds {Describe(top)} where a dict from names to tensors is expected");
            var tensors = new List<CheckpointTensor>(dictionary.Items.Count);
            var names = new HashSet<string>(StringComparer.Ordinal);
            foreach (var (key, value) in dictionary.Items)
            {
                if (key is not string name)
                    throw CheckpointErrors.Refused(file, $"its dict has {Describe(key)} as a key where the name of a tensor is expected");
                if (value is not PickleTensor tensor)
                    throw CheckpointErrors.Refused(file, $"its entry '{CheckpointErrors.Printable(name)}' is {Describe(value)} where a tensor is expected; save the state_dict alone");
                if (!names.Add(name))
                    throw CheckpointErrors.Tensor(file, name, "is there twice");
                tensors.Add(Build(name, tensor));
            }
            return tensors;
        }

        private CheckpointTensor Build(string name, PickleTensor tensor)
        {
            var (storage, shape, strides) = (tensor.Storage, tensor.Shape, tensor.Strides);
            if (shape.Length != strides.Length || shape.Length > TensorShape.MaximumDimensions || Array.Exists(strides, stride => stride < 0) || tensor.Offset < 0)
                throw CheckpointErrors.Tensor(file, name, $"has the shape {TensorShape.Text(shape)} with the strides {TensorShape.Text(strides)} and the offset {FormattableString.Invariant($"{tensor.Offset}")}, which do not describe a tensor");
            if (TensorShape.Bytes(shape, storage.Type) is not (<= TensorShape.MaximumBytes and var length))
                throw CheckpointErrors.Tensor(file, name, FormattableString.Invariant($"has the shape {TensorShape.Text(shape)}, which has a negative size or takes more than the {TensorShape.MaximumBytes} bytes that are allowed"));
            var bytes = BytesOf(name, storage);
            if (length > 0 && LastElement(tensor) >= storage.Count)
                throw CheckpointErrors.Tensor(file, name, FormattableString.Invariant($"has the shape {TensorShape.Text(shape)}, the strides {TensorShape.Text(strides)} and the offset {tensor.Offset}, which reach outside its storage of {storage.Count} elements"));
            bool isDense = length == 0 || Enumerable.Range(0, shape.Length).All(d => shape[d] == 1 || strides[d] == TensorShape.DenseStrides(shape)[d]);
            return new CheckpointTensor(name, storage.Type, shape, bytes, length == 0 ? 0 : tensor.Offset * storage.Type.ByteSize(), isDense ? null : strides);
        }

        private static Int128 LastElement(PickleTensor tensor)
        {
            Int128 last = tensor.Offset;
            for (int d = 0; d < tensor.Shape.Length; d++)
                last += (Int128)(tensor.Shape[d] - 1) * tensor.Strides[d];
            return last;
        }

        private ByteSource BytesOf(string name, PickleStorage storage)
        {
            if (_storages.TryGetValue(storage.Key, out var known))
                return known.Storage == storage ? known.Bytes : throw CheckpointErrors.Tensor(file, name, $"shares storage '{CheckpointErrors.Printable(storage.Key)}' with another tensor that gives it another type or length");
            var entry = $"{root}data/{storage.Key}";
            if (!zip.Contains(entry))
                throw CheckpointErrors.Tensor(file, name, $"has its elements in '{CheckpointErrors.Printable(entry)}', which the zip does not hold");
            if (TensorShape.Bytes([storage.Count], storage.Type) is not { } length || length != zip.LengthOf(entry))
                throw CheckpointErrors.Tensor(file, name, FormattableString.Invariant($"has a storage of {storage.Count} elements of type {storage.Type}, but '{CheckpointErrors.Printable(entry)}' has {zip.LengthOf(entry)} bytes"));
            var bytes = zip.Open(entry);
            _storages.Add(storage.Key, (storage, bytes));
            return bytes;
        }

        private static string Describe(object value) => value switch
        {
            PickleTensor => "a tensor",
            PickleDictionary => "a dict",
            PickleList => "a list",
            object[] => "a tuple",
            string => "a text",
            long or double => "a number",
            bool => "a truth value",
            PickleNone => "None",
            _ => "something else",
        };
    }
}
