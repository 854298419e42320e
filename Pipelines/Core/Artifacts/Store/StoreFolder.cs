using System.Diagnostics;
using System.Runtime.InteropServices;

namespace MLPipelines.Artifacts;

/// <summary>The files of one artifact name: atomic writes, and a lock that the system releases when its holder dies.</summary>
internal sealed partial class StoreFolder
{
    private const string LockFile = ".lock";
    private const string TemporaryPrefix = ".tmp-";
    private static readonly TimeSpan LockTimeout = TimeSpan.FromMinutes(2);

    public StoreFolder(string root, string name)
    {
        Directory = Path.Combine(root, name);
    }

    public string Directory { get; }

    public bool Exists => System.IO.Directory.Exists(Directory);

    public string PathOf(string file) => Path.Combine(Directory, file);

    /// <summary>Waits until no other process or thread holds the lock of this folder.</summary>
    public async Task<IDisposable> LockAsync(CancellationToken cancellationToken)
    {
        System.IO.Directory.CreateDirectory(Directory);
        var clock = Stopwatch.StartNew();
        for (int wait = 1; ; wait = Math.Min(wait * 2, 50))
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                return new FileStream(PathOf(LockFile), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (clock.Elapsed < LockTimeout && System.IO.Directory.Exists(Directory))
            {
                await Task.Delay(wait, cancellationToken).ConfigureAwait(false);
            }
            catch (IOException e)
            {
                throw new ArtifactException($"The lock '{PathOf(LockFile)}' could not be had within {LockTimeout.TotalSeconds:N0} s: another process holds it, or the folder cannot be written.", e);
            }
            catch (UnauthorizedAccessException e)
            {
                throw new ArtifactException($"The store folder '{Directory}' cannot be written: {e.Message}", e);
            }
        }
    }

    /// <summary>Removes what killed processes left behind. Only under the lock.</summary>
    public void RemoveLeftovers()
    {
        foreach (var file in System.IO.Directory.EnumerateFiles(Directory, TemporaryPrefix + "*"))
            File.Delete(file);
    }

    /// <summary>Writes a file so that after a crash it is there whole or not at all; never over an existing one unless told so.</summary>
    public void WriteAtomically(string file, bool overwrite, Action<FileStream> write)
    {
        var temporary = PathOf(TemporaryPrefix + Guid.NewGuid().ToString("N"));
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }
            File.Move(temporary, PathOf(file), overwrite);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
        FlushDirectory();
    }

    /// <summary>Makes renames durable, where the system lets a folder be flushed.</summary>
    private void FlushDirectory()
    {
        if (OperatingSystem.IsWindows())
            return;
        int descriptor = Open(Directory, 0);
        if (descriptor < 0)
            return;
        Flush(descriptor);
        Close(descriptor);
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync")]
    private static partial int Flush(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
