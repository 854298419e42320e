using System.Runtime.Intrinsics.X86;
using System.Security.Cryptography;
using System.Text;
using Microsoft.ML.OnnxRuntime;

namespace MLPipelines.Scoring;

/// <summary>Rewritten graphs on disk: a folder for each, with the model and, where it is large, its values beside it.</summary>
internal static class OptimizedGraphs
{
    private const string ModelName = "model.onnx";
    private const string ValuesName = "values.bin";
    private const long LargestInOneFile = 1L << 30;

    public static InferenceSession Open(ModelSource source, OnnxSessionOptions options, OnnxExecutionProvider provider)
    {
        if (options.OptimizedGraphFolder is not { } root || options.GraphOptimization == OnnxGraphOptimization.None)
        {
            return SessionFactory.Open(source.Where, source.Where, source.Bytes, options, provider, settings => FindValues(source, settings));
        }
        string folder = Path.Combine(Path.GetFullPath(root), KeyOf(source, options, provider));
        return OpenKept(folder, options, provider) ?? OpenAndKeep(source, folder, options, provider);
    }

    private static InferenceSession? OpenKept(string folder, OnnxSessionOptions options, OnnxExecutionProvider provider)
    {
        string path = Path.Combine(folder, ModelName);
        if (!File.Exists(path))
            return null;
        try
        {
            return SessionFactory.Open(path, path, null, options, provider, settings => settings.GraphOptimizationLevel = GraphOptimizationLevel.ORT_DISABLE_ALL);
        }
        catch (OnnxException)
        {
            // Damaged: made anew.
            Directory.Delete(folder, recursive: true);
            return null;
        }
    }

    private static InferenceSession OpenAndKeep(ModelSource source, string folder, OnnxSessionOptions options, OnnxExecutionProvider provider)
    {
        string making = $"{folder}.{Guid.NewGuid():N}";
        Directory.CreateDirectory(making);
        try
        {
            var session = SessionFactory.Open(source.Where, source.Where, source.Bytes, options, provider, settings =>
            {
                FindValues(source, settings);
                settings.OptimizedModelFilePath = Path.Combine(making, ModelName);
                if (SizeOf(source) > LargestInOneFile)
                    settings.AddSessionConfigEntry("session.optimized_model_external_initializers_file_name", ValuesName);
            });
            Publish(making, folder);
            return session;
        }
        catch
        {
            Directory.Delete(making, recursive: true);
            throw;
        }
    }

    // Of a model in memory, ONNX Runtime does not know the folder.
    private static void FindValues(ModelSource source, SessionOptions settings)
    {
        if (source is { Bytes: not null, Folder: { } values })
            settings.AddSessionConfigEntry("session.model_external_initializers_file_folder_path", values);
    }

    private static void Publish(string making, string folder)
    {
        try
        {
            Directory.Move(making, folder);
        }
        catch (IOException) when (Directory.Exists(folder))
        {
            // Another process was quicker.
            Directory.Delete(making, recursive: true);
        }
    }

    private static long SizeOf(ModelSource source)
    {
        // What is in memory of a file may leave its values there.
        long size = source is { Bytes: { } bytes, Folder: null } ? bytes.LongLength : new FileInfo(source.Where).Length;
        foreach (string file in source.Graph.ExternalFiles)
            size += new FileInfo(Path.Combine(source.Folder!, file)).Length;
        return size;
    }

    private static string KeyOf(ModelSource source, OnnxSessionOptions options, OnnxExecutionProvider provider)
    {
        string content = source.ContentHash ?? HashOf(source);
        string made = $"{content}|{OnnxEngine.Version}|{provider}|{options.GraphKey}|{Environment.ProcessorCount}|{Instructions()}";
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(made)))[..40];
    }

    private static string HashOf(ModelSource source)
    {
        using var file = new ModelFile(source.Where);
        return ModelFile.Hash(file.Bytes, source.Folder, source.Graph.ExternalFiles);
    }

    private static string Instructions() => X86Base.IsSupported
        ? $"{Avx.IsSupported}{Avx2.IsSupported}{Fma.IsSupported}{Avx512F.IsSupported}{Avx512BW.IsSupported}{AvxVnni.IsSupported}"
        : System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture.ToString();
}
