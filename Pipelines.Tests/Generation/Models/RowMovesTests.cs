using FsCheck;
using FsCheck.Fluent;
using MLPipelines.Generation;

namespace MLPipelines.Tests.Generation;

/// <summary>Rows in a new order, in place, with no more copies than needed.</summary>
[TestClass]
public sealed class RowMovesTests
{
    [TestMethod]
    public void AnyOrderIsReachedInPlace()
    {
        var orders = Gen.Choose(1, 12).SelectMany(rows => Gen.Choose(1, 16).SelectMany(count => Gen.Choose(0, rows - 1).ArrayOf(count).Select(sources => (rows, sources)))).ToArbitrary();
        Prop.ForAll(orders, test =>
        {
            var (rows, sources) = test;
            var places = new Dictionary<int, int>();
            for (int row = 0; row < rows; row++)
                places[row] = 100 + row;
            var moves = RowMoves.Of(sources).Moves;
            foreach (var (from, to) in moves)
                places[to] = places[from];
            bool right = sources.Select((source, row) => places[row] == 100 + source).All(same => same);
            int moved = sources.Where((source, row) => source != row).Count();
            return right && moves.Count(move => move.To != RowMoves.Aside) == moved && moves.Count <= moved + moved / 2;
        }).QuickCheckThrowOnFailure();
    }

    [TestMethod]
    public void WhatStaysIsNotCopied() => Assert.IsEmpty(RowMoves.Of([0, 1, 2, 3]).Moves);

    [TestMethod]
    public void ACycleTakesOneCopyMore() => Assert.HasCount(4, RowMoves.Of([1, 2, 0]).Moves);
}
