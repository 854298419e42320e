using FsCheck;
using FsCheck.Fluent;
using MLPipelines.Artifacts;

namespace MLPipelines.Tests.Core.Artifacts;

[TestClass]
public sealed class SemanticVersionTests
{
    private static Gen<SemanticVersion> Versions { get; } =
        from major in Gen.Choose(0, 12)
        from minor in Gen.Choose(0, 12)
        from patch in Gen.Choose(0, 999_999_999)
        select new SemanticVersion(major, minor, patch);

    [TestMethod]
    public void WhatIsPrintedIsParsed() =>
        Prop.ForAll(Versions.ToArbitrary(), version => SemanticVersion.Parse(version.ToString()) == version).QuickCheckThrowOnFailure();

    [TestMethod]
    public void TheNextVersionIsAlwaysLater() =>
        Prop.ForAll(Versions.ToArbitrary(), Gen.Elements(VersionChange.Patch, VersionChange.Minor, VersionChange.Major).ToArbitrary(), (version, change) => version.Next(change) > version).QuickCheckThrowOnFailure();

    [TestMethod]
    public void ALargerChangeSetsTheSmallerPartsToZero()
    {
        var version = new SemanticVersion(1, 9, 10);
        Assert.AreEqual("1.9.11", version.Next(VersionChange.Patch).ToString());
        Assert.AreEqual("1.10.0", version.Next(VersionChange.Minor).ToString());
        Assert.AreEqual("2.0.0", version.Next(VersionChange.Major).ToString());
    }

    [TestMethod]
    [DataRow("")]
    [DataRow("1")]
    [DataRow("1.2")]
    [DataRow("1.2.3.4")]
    [DataRow("01.2.3")]
    [DataRow("1.2.-3")]
    [DataRow("1.2.3-beta")]
    [DataRow("+1.2.3")]
    [DataRow("1. 2.3")]
    [DataRow("1.2.9999999999")]
    [DataRow("1.2.٣")]
    public void OneVersionHasOneName(string text)
    {
        Assert.IsFalse(SemanticVersion.TryParse(text, out _));
        Assert.Contains("major.minor.patch", Assert.ThrowsExactly<FormatException>(() => SemanticVersion.Parse(text)).Message);
    }
}
