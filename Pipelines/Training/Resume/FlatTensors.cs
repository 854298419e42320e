using TorchSharp;
using MLPipelines.Training.Checkpoints;

namespace MLPipelines.Training;

/// <summary>Parts of flat tensors, in and out of files.</summary>
internal static unsafe class FlatTensors
{
    private const int ChunkElements = 1 << 20;

    /// <summary>A part of a flat tensor, to be written under its name.</summary>
    public static TensorToWrite ToWrite(FlatPart part) => new(part.Name, TensorDataType.Float32, part.Shape, stream =>
    {
        for (long done = 0; done < part.Count; done += ChunkElements)
        {
            using var scope = torch.NewDisposeScope();
            int count = (int)Math.Min(ChunkElements, part.Count - done);
            var chunk = part.Flat.narrow(0, part.Offset + done, count).cpu();
            stream.Write(new ReadOnlySpan<byte>(TensorMemory.Address(chunk), count * sizeof(float)));
        }
    });

    /// <summary>Reads a part of a flat tensor.</summary>
    /// <exception cref="CheckpointException">The file cannot be read.</exception>
    public static void Read(CheckpointTensor tensor, FlatPart part)
    {
        using var noGradient = torch.no_grad();
        for (long done = 0; done < part.Count; done += ChunkElements)
        {
            using var scope = torch.NewDisposeScope();
            int count = (int)Math.Min(ChunkElements, part.Count - done);
            var chunk = torch.empty(count, torch.ScalarType.Float32, torch.CPU);
            tensor.Read(done * sizeof(float), new Span<byte>(TensorMemory.Address(chunk), count * sizeof(float)));
            part.Flat.narrow(0, part.Offset + done, count).copy_(chunk);
        }
    }

    /// <summary>Writes a file that is there whole or not at all.</summary>
    public static void WriteFile(string file, IReadOnlyList<TensorToWrite> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        string temporary = $"{file}.{Environment.ProcessId}.tmp";
        try
        {
            using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 1 << 16))
            {
                SafetensorsWriter.Write(stream, tensors, metadata);
                stream.Flush(flushToDisk: true);
            }
            File.Move(temporary, file, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }
}
