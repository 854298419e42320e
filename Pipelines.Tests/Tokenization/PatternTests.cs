using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;
using MLPipelines.Tokenization;
using MLPipelines.Tokenization.Patterns;

namespace MLPipelines.Tests.Tokenization;

[TestClass]
public sealed class PatternTests
{
    private static Gen<string> Texts { get; } =
        from parts in Gen.Elements("a", "b", "ab", "abc", "x", " ", "  ", "\n", "\r\n", "1", "23", "'s", "'S", "'ll", ".", "!?", "é", "天", "-", "_").ListOf()
        select string.Concat(parts.Take(20));

    [TestMethod]
    [DataRow(@"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+")]
    [DataRow(@"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")]
    [DataRow(@"a|ab|abc")]
    [DataRow(@"abc|ab|a")]
    [DataRow(@"(a|ab)(c|bcd)?")]
    [DataRow(@"a+?b*")]
    [DataRow(@"a{2,3}?")]
    [DataRow(@"(?:ab){2,}")]
    [DataRow(@"[a-c]+(?=x)|[^a-c]")]
    [DataRow(@"\d+(?!\d)|[\w-]+")]
    [DataRow(@".\p{Lu}?|\n")]
    public void MatchesAreThoseOfABacktrackingEngine(string pattern)
    {
        var expected = new Regex(pattern, RegexOptions.CultureInvariant);
        var actual = Pattern.Parse(pattern);
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(500), Prop.ForAll(Texts.ToArbitrary(), text =>
        {
            var found = new List<string>();
            var matches = actual.Matches(text);
            while (matches.MoveNext())
                found.Add($"{matches.Start}:{text[matches.Start..matches.End]}");
            Assert.AreSequenceEqual(expected.Matches(text).Where(match => match.Length > 0).Select(match => $"{match.Index}:{match.Value}"), found);
        }));
    }

    [TestMethod]
    public void CodePointsBeyondTheFirstPlaneAreOneCharacter()
    {
        var matches = Pattern.Parse(@"\p{L}").Matches("𝔘x");
        Assert.IsTrue(matches.MoveNext());
        Assert.AreEqual((0, 2), (matches.Start, matches.End));
        Assert.IsTrue(matches.MoveNext());
        Assert.AreEqual((2, 3), (matches.Start, matches.End));
    }

    [TestMethod]
    [DataRow("(")]
    [DataRow("a)")]
    [DataRow("[a")]
    [DataRow("[z-a]")]
    [DataRow("*a")]
    [DataRow("a**")]
    [DataRow(@"\")]
    [DataRow(@"\p{Nonsense}")]
    [DataRow(@"\x{110000}")]
    [DataRow("a{3,2}")]
    [DataRow("a{100000}")]
    [DataRow("^a")]
    [DataRow("(?>a)")]
    [DataRow("(?=ab)c")]
    [DataRow("(((a{1000}){1000}){1000}){1000}")]
    public void WhatCannotBeFollowedIsRefused(string pattern) =>
        StringAssert.Contains(Assert.ThrowsExactly<TokenizationException>(() => Pattern.Parse(pattern)).Message, pattern);
}
