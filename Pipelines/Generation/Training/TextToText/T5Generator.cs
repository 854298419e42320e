using MLPipelines.Generation.T5;
using MLPipelines.Scoring.Writing;

namespace MLPipelines.Generation;

/// <summary>A checkpoint in a folder of its own, exported to ONNX in a folder below it, and what generates with that. The folder goes with it.</summary>
internal sealed class T5Generator : IDisposable
{
    private const string ExportFolder = "onnx";

    private readonly TextGenerator _generator;
    private int _disposed;

    private T5Generator(string folder, TextGenerator generator, OnnxWeightType weights, int maximumInputTokens) =>
        (Folder, _generator, Weights, MaximumInputTokens) = (folder, generator, weights, maximumInputTokens);

    /// <summary>The folder with the checkpoint.</summary>
    public string Folder { get; }

    /// <summary>The folder with the exported model.</summary>
    public string Exported => Path.Combine(Folder, ExportFolder);

    /// <exception cref="ObjectDisposedException">The model was disposed of.</exception>
    public TextGenerator Generator
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed != 0, typeof(TextToTextTransformer));
            return _generator;
        }
    }

    public OnnxWeightType Weights { get; }

    public int MaximumInputTokens { get; }

    /// <summary>Makes a generator of a checkpoint.</summary>
    /// <param name="fill">Writes the checkpoint into a folder.</param>
    /// <param name="weights">In what the exported model keeps its weights.</param>
    /// <param name="maximumInputTokens">The most tokens of an input.</param>
    /// <param name="cancellation">Stops it.</param>
    public static T5Generator Make(Action<string> fill, OnnxWeightType weights, int maximumInputTokens, CancellationToken cancellation)
    {
        string folder = Directory.CreateTempSubdirectory("mlpipelines-t5-").FullName;
        try
        {
            fill(folder);
            string exported = Path.Combine(folder, ExportFolder);
            T5OnnxExporter.Export(folder, exported, new T5ExportOptions { Placement = OnnxWeightPlacement.Beside, WeightType = weights, CancellationToken = cancellation });
            return new T5Generator(folder, TextGenerator.Load(exported, new EncoderDecoderOptions { MaximumPromptTokens = maximumInputTokens, CancellationToken = cancellation }), weights, maximumInputTokens);
        }
        catch
        {
            Directory.Delete(folder, recursive: true);
            throw;
        }
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        _generator.Dispose();
        if (Directory.Exists(Folder))
            Directory.Delete(Folder, recursive: true);
    }
}
