using System.IO.Compression;

namespace MLPipelines.Artifacts;

/// <summary>
/// Writes the entries of any zip anew in the one way of <see cref="ZipFormat"/>, stored and sorted: the same entries then
/// give the same bytes, whenever and on whatever system they were zipped, and an artifact may hold the result.
/// </summary>
public static class PlainZip
{
    /// <summary>Repacks a zip that this process has written.</summary>
    /// <param name="source">The zip; readable and seekable.</param>
    /// <param name="target">Where to.</param>
    /// <exception cref="ArtifactException">An entry has a name that no artifact may have.</exception>
    public static void Repack(Stream source, Stream target)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(target);
        using var archive = new ZipArchive(source, ZipArchiveMode.Read, leaveOpen: true);
        var zip = new ZipWriter(target);
        foreach (var (name, entry) in archive.Entries.Select(entry => (Name: entry.FullName.Replace('\\', '/'), Entry: entry)).OrderBy(item => item.Name, StringComparer.Ordinal))
        {
            if (EntryNames.FaultOfEntry(name) is { } fault)
                ArtifactThrow.Entry("being built", name, fault);
            using var content = EntryContent.Of(stream =>
            {
                using var bytes = entry.Open();
                bytes.CopyTo(stream);
            });
            zip.Add(name, content, deflate: false);
        }
        zip.Finish();
    }
}
