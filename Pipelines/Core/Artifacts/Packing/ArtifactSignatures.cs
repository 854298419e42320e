using System.Security.Cryptography;

namespace MLPipelines.Artifacts;

/// <summary>Detached signatures: ECDSA over NIST P-256 and SHA-256 of the manifest, in <c>VERSION.zip.sig</c>.</summary>
internal static class ArtifactSignatures
{
    public const string Extension = ".sig";
    private const int SignatureLength = 64;

    public static byte[] Sign(ReadOnlySpan<byte> manifest, ECDsa key) => key.SignData(manifest, HashAlgorithmName.SHA256);

    public static void Check(ArtifactReader reader, ArtifactTrustOptions trust)
    {
        if (trust.AllowedKeys.Count == 0)
            return;
        var path = reader.File + Extension;
        if (!File.Exists(path))
            ArtifactThrow.Fail($"The artifact '{reader.File}' is refused: it has no signature beside it, and the host asks for one.");
        var signature = File.ReadAllBytes(path);
        if (signature.Length != SignatureLength || !trust.AllowedKeys.Any(key => IsSignedBy(key, reader.ManifestBytes, signature)))
            ArtifactThrow.Fail($"The artifact '{reader.File}' is refused: its signature was made by none of the {trust.AllowedKeys.Count} keys that the host allows.");
    }

    // A key is shared by all who read from a store, and is not thread-safe of itself.
    private static bool IsSignedBy(ECDsa key, byte[] manifest, byte[] signature)
    {
        lock (key)
            return key.VerifyData(manifest, signature, HashAlgorithmName.SHA256);
    }
}
