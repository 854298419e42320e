using System.Security.Cryptography;

namespace MLPipelines.Artifacts;

/// <summary>What a host allows in an artifact. Comes from the host's configuration alone, never from the file.</summary>
public sealed class ArtifactTrustOptions
{
    /// <summary>The largest number of entries.</summary>
    /// <value>The default value is 10,000; the legal range is 1 to 1,000,000.</value>
    public int MaximumEntries { get; set; } = 10_000;

    /// <summary>The largest sum of the uncompressed lengths, in bytes.</summary>
    /// <value>The default value is 8 GiB; it must be positive.</value>
    public long MaximumTotalBytes { get; set; } = 8L << 30;

    /// <summary>The largest ratio of uncompressed to compressed length of an entry; this library compresses by at most 50.</summary>
    /// <value>The default value is 100; it must be at least 1.</value>
    public double MaximumCompressionRatio { get; set; } = 100;

    /// <summary>The public keys (ECDSA, NIST P-256) of which one must have signed an artifact. Empty: signatures are not asked for.</summary>
    /// <value>The default value is no key.</value>
    public IReadOnlyList<ECDsa> AllowedKeys { get; set; } = [];

    /// <summary>Throws an exception that lists all that is wrong.</summary>
    public void Validate()
    {
        new OptionFaults(nameof(ArtifactTrustOptions))
            .If(MaximumEntries is < 1 or > 1_000_000, $"{nameof(MaximumEntries)} is {MaximumEntries}; it must be from 1 to 1,000,000")
            .If(MaximumTotalBytes < 1, $"{nameof(MaximumTotalBytes)} is {MaximumTotalBytes}; it must be positive")
            .If(!(MaximumCompressionRatio >= 1), FormattableString.Invariant($"{nameof(MaximumCompressionRatio)} is {MaximumCompressionRatio}; it must be at least 1"))
            .Throw();
    }
}
