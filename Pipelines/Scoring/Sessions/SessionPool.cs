using System.Globalization;
using System.Runtime.InteropServices;

namespace MLPipelines.Scoring;

/// <summary>The sessions that are open in this process, so that the same file with the same options is opened once.</summary>
/// <remarks>It does not keep a session alive: one that nobody holds is collected, and its native memory with it.</remarks>
internal static class SessionPool
{
    private static readonly Lock Gate = new();
    private static readonly Dictionary<string, WeakReference<SharedSession>> Open = new(StringComparer.Ordinal);
    private static readonly Dictionary<string, Lock> Opening = new(StringComparer.Ordinal);

    /// <summary>How many sessions are open.</summary>
    public static int Count
    {
        get
        {
            lock (Gate)
                return Open.Values.Count(reference => reference.TryGetTarget(out _));
        }
    }

    public static SharedSession OpenFile(string path, OnnxSessionOptions options, string? contentHash)
    {
        path = Path.GetFullPath(path);
        if (!File.Exists(path))
            throw ScoringErrors.NoFile(path);
        return Share(contentHash ?? Identity(path), options, key =>
        {
            using var file = new ModelFile(path);
            var graph = OnnxGraphReader.Read(file.Bytes, path, file.Folder);
            bool isMapped = options.MapWeights && options.OptimizedGraphFolder is null;
            if ((isMapped || options.RewritesAttention) && file.Place(graph.ExternalFiles) is { } place)
                return OpenSlice(ModelSlice.Whole(file.Bytes, path, place.Name, graph, leavesTables: isMapped), path, place, graph, options, key, contentHash);
            byte[]? rewritten = options.RewritesAttention ? AttentionRewrite.Apply(file.Bytes.ToArray(), path, graph, options) : null;
            return SessionFactory.Create(new ModelSource(path, file.Folder, rewritten, graph, contentHash), options, key, Closed);
        });
    }

    /// <summary>Opens what computes some outputs from some inputs; null where they need others.</summary>
    public static SharedSession? OpenPart(string path, IReadOnlyCollection<string> inputs, IReadOnlyCollection<string> outputs, OnnxSessionOptions options)
    {
        path = Path.GetFullPath(path);
        using var file = new ModelFile(path);
        var graph = OnnxGraphReader.Read(file.Bytes, path, file.Folder);
        if (outputs.FirstOrDefault(name => graph.Outputs.All(output => output.Name != name)) is { } unknown)
            throw ScoringErrors.UnknownValue(path, "output", unknown, graph.Outputs.Select(output => output.Name));
        if (file.Place(graph.ExternalFiles) is not { } place || ModelSlice.Part(file.Bytes, path, place.Name, graph, inputs, outputs) is not { } slice)
            return null;
        return Share($"{Identity(path)}|{string.Join('|', outputs)}", options, key => OpenSlice(slice, path, place, graph, options, key));
    }

    private static SharedSession OpenSlice(ModelSlice slice, string path, (string Folder, string Name) place, OnnxGraph graph, OnnxSessionOptions options, string key, string? contentHash = null)
    {
        byte[] bytes = AttentionRewrite.Apply(slice.Bytes, path, graph, options);
        var tables = slice.Lookups.Count == 0 ? null : new RowTables(path, place.Folder, place.Name, slice.Lookups);
        try
        {
            return SessionFactory.Create(new ModelSource(path, place.Folder, bytes, graph, contentHash, tables), options, key, Closed);
        }
        catch
        {
            tables?.Dispose();
            throw;
        }
    }

    public static SharedSession OpenBytes(byte[] bytes, string name, OnnxSessionOptions options)
    {
        string hash = ModelFile.Hash(bytes, null, []);
        return Share(hash, options, key =>
        {
            var graph = OnnxGraphReader.Read(bytes, name, null);
            return SessionFactory.Create(new ModelSource(name, null, AttentionRewrite.Apply(bytes, name, graph, options), graph, hash), options, key, Closed);
        });
    }

    private static SharedSession Share(string model, OnnxSessionOptions options, Func<string, SharedSession> open)
    {
        options.Validate();
        if (options.ProfilePrefix is not null)
            return open("");
        string key = $"{model}|{options.Key}";
        Lock opening;
        lock (Gate)
            opening = CollectionsMarshal.GetValueRefOrAddDefault(Opening, key, out _) ??= new Lock();
        lock (opening)
        {
            lock (Gate)
            {
                if (Open.TryGetValue(key, out var reference) && reference.TryGetTarget(out var shared) && shared.TryEnter())
                    return shared;
            }
            var opened = open(key);
            lock (Gate)
                Open[key] = new WeakReference<SharedSession>(opened);
            return opened;
        }
    }

    private static void Closed(SharedSession session)
    {
        lock (Gate)
        {
            if (Open.TryGetValue(session.Key, out var reference) && (!reference.TryGetTarget(out var current) || ReferenceEquals(current, session)))
            {
                Open.Remove(session.Key);
                Opening.Remove(session.Key);
            }
        }
    }

    // A file that was replaced meanwhile is another model; and so is one that a link in another folder leads to, whose values in other files are looked for there.
    private static string Identity(string path)
    {
        string real = ExternalData.RealPath(path);
        var info = new FileInfo(real);
        return string.Create(CultureInfo.InvariantCulture, $"{ExternalData.RealPath(Path.GetDirectoryName(path)!)}|{real}|{info.Length}|{info.LastWriteTimeUtc.Ticks}");
    }
}
