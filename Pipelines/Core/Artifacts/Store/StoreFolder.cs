using System.Diagnostics;
using System.Runtime.InteropServices;

namespace MLPipelines.Artifacts;

/// <summary>
/// What a lock of a folder guards. <see cref="Publish"/> is held while a zip is written, which can take long;
/// <see cref="State"/> only while aliases and events change. Who needs both takes them in this order.
/// </summary>
internal enum StoreLock
{
    Publish,
    State,
}

/// <summary>The files of one artifact name: atomic writes, and locks that the system releases when their holder dies.</summary>
internal sealed partial class StoreFolder(string root, string name)
{
    private static readonly TimeSpan LockTimeout = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(50);

    public string Directory { get; } = Path.Combine(root, name);

    public bool Exists => System.IO.Directory.Exists(Directory);

    public string PathOf(string file) => Path.Combine(Directory, file);

    /// <summary>Waits until no other process or thread holds the lock, and removes what killed holders of it left behind.</summary>
    public async Task<IDisposable> LockAsync(StoreLock kind, CancellationToken cancellationToken)
    {
        var path = PathOf($".{Word(kind)}.lock");
        var clock = Stopwatch.StartNew();
        for (var wait = TimeSpan.FromMilliseconds(1); ; wait = wait < LongestWait ? wait * 2 : LongestWait)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                System.IO.Directory.CreateDirectory(Directory);
                var held = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1);
                RemoveLeftovers(kind);
                return held;
            }
            catch (IOException) when (clock.Elapsed < LockTimeout && File.Exists(path))
            {
                await Task.Delay(wait, cancellationToken).ConfigureAwait(false);
            }
            catch (IOException e)
            {
                throw new ArtifactException($"The lock '{path}' could not be had within {LockTimeout.TotalSeconds:N0} s: another process holds it, or the folder cannot be written ({e.Message}).", e);
            }
            catch (UnauthorizedAccessException e)
            {
                throw new ArtifactException($"The folder '{Directory}' of the store cannot be written: {e.Message}", e);
            }
        }
    }

    /// <summary>Writes a file so that after a crash it is there whole or not at all. Only under the lock of that kind.</summary>
    /// <exception cref="IOException">The file exists and is not to be overwritten.</exception>
    public void WriteAtomically(StoreLock kind, string file, bool overwrite, Action<Stream> write)
    {
        var temporary = WriteTemporary(kind, write);
        try
        {
            Commit(temporary, file, overwrite);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <summary>Writes a file that has no name yet, down to the disk; gives its path for <see cref="Commit"/>.</summary>
    public string WriteTemporary(StoreLock kind, Action<Stream> write)
    {
        var temporary = PathOf($"{TemporaryPrefix(kind)}{Guid.NewGuid():N}.tmp");
        try
        {
            using var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 1 << 16);
            write(stream);
            stream.Flush(flushToDisk: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
        return temporary;
    }

    /// <summary>Gives a temporary file its name, in one step that a crash cannot halve.</summary>
    public void Commit(string temporary, string file, bool overwrite)
    {
        File.Move(temporary, PathOf(file), overwrite);
        FlushDirectory();
    }

    /// <summary>All bytes of a file that others may replace or append to meanwhile; null where it does not exist.</summary>
    public byte[]? ReadShared(string file)
    {
        try
        {
            using var stream = new FileStream(PathOf(file), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var bytes = new byte[stream.Length];
            int length = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            return length == bytes.Length ? bytes : bytes[..length];
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ArtifactException($"'{PathOf(file)}' cannot be read: {e.Message}", e);
        }
    }

    private static string Word(StoreLock kind) => kind == StoreLock.Publish ? "publish" : "state";

    private static string TemporaryPrefix(StoreLock kind) => $".{Word(kind)}-";

    private void RemoveLeftovers(StoreLock kind)
    {
        foreach (var file in System.IO.Directory.EnumerateFiles(Directory, TemporaryPrefix(kind) + "*.tmp"))
            File.Delete(file);
    }

    /// <summary>Makes renames durable, where the system lets a folder be flushed.</summary>
    private void FlushDirectory()
    {
        if (OperatingSystem.IsWindows())
            return;
        int descriptor = Open(Directory, 0);
        if (descriptor < 0)
            return;
        _ = Flush(descriptor);
        _ = Close(descriptor);
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync")]
    private static partial int Flush(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
