using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLPipelines.Tests.Runtime.Typed;

[TestClass]
public sealed class LoadFromEnumerableTests
{
    private readonly MLContext _context = new(1);

    [TestMethod]
    public void MembersBecomeColumnsWithFieldsFirst()
    {
        var view = _context.Data.LoadFromEnumerable(new[] { new Everything() });
        var columns = view.Schema.Select(column => $"{column.Name}:{column.Type}").ToArray();
        CollectionAssert.AreEqual(
            new[]
            {
                "Field:Single", "Fixed:Vector<Single, 3>", "Variable:Vector<Int32>", "Matrix:Vector<Double, 2, 2>", "Words:Vector<String>", "Sparse:Vector<Single>",
                "Text:String", "Flag:Boolean", "Big:UInt64", "When:DateTime", "Offset:DateTimeOffset", "Span:TimeSpan", "Memory:String", "Id:DataViewRowId",
                "Key:Key<UInt32, 0-9>", "SmallKey:Key<Byte, 0-254>", "Renamed:Int16",
            },
            columns);
    }

    [TestMethod]
    public void ValuesOfEveryTypeComeThroughUnchanged()
    {
        var row = new Everything
        {
            Field = 1.5f,
            Fixed = [1, 2, 3],
            Variable = [7],
            Words = ["a", null!],
            Sparse = new VBuffer<float>(5, 1, [4f], [2]),
            Text = "text",
            Flag = true,
            Big = ulong.MaxValue,
            When = new DateTime(2020, 1, 2),
            Span = TimeSpan.FromDays(1),
            Memory = "memory".AsMemory(),
            Id = new DataViewRowId(1, 2),
            Key = 9,
            OldName = -3,
        };
        var view = _context.Data.LoadFromEnumerable([row]);
        Assert.AreEqual(1.5f, view.GetColumn<float>("Field").Single());
        CollectionAssert.AreEqual(new float[] { 1, 2, 3 }, view.GetColumn<float[]>("Fixed").Single());
        CollectionAssert.AreEqual(new[] { 7 }, view.GetColumn<int[]>("Variable").Single());
        Assert.IsEmpty(view.GetColumn<double[]>("Matrix").Single(), "a null array is an empty vector");
        CollectionAssert.AreEqual(new[] { "a", "" }, view.GetColumn<string[]>("Words").Single());
        CollectionAssert.AreEqual(new float[] { 0, 0, 4, 0, 0 }, view.GetColumn<float[]>("Sparse").Single());
        Assert.IsFalse(view.GetColumn<VBuffer<float>>("Sparse").Single().IsDense);
        Assert.AreEqual("text", view.GetColumn<string>("Text").Single());
        Assert.IsTrue(view.GetColumn<bool>("Flag").Single());
        Assert.AreEqual(ulong.MaxValue, view.GetColumn<ulong>("Big").Single());
        Assert.AreEqual(new DateTime(2020, 1, 2), view.GetColumn<DateTime>("When").Single());
        Assert.AreEqual(TimeSpan.FromDays(1), view.GetColumn<TimeSpan>("Span").Single());
        Assert.AreEqual("memory", view.GetColumn<ReadOnlyMemory<char>>("Memory").Single().ToString());
        Assert.AreEqual(new DataViewRowId(1, 2), view.GetColumn<DataViewRowId>("Id").Single());
        Assert.AreEqual((short)-3, view.GetColumn<short>("Renamed").Single());
    }

    [TestMethod]
    public void KeyMembersCountFromZeroAndTooLargeOnesAreMissing()
    {
        var rows = new uint[] { 0, 9, 10, uint.MaxValue }.Select(key => new Everything { Key = key }).ToArray();
        CollectionAssert.AreEqual(new uint[] { 1, 10, 0, 0 }, _context.Data.LoadFromEnumerable(rows).GetColumn<uint>("Key").ToArray());
    }

    [TestMethod]
    public void NullTextIsEmpty() =>
        Assert.AreEqual("", _context.Data.LoadFromEnumerable(new[] { new Everything { Text = null! } }).GetColumn<string>("Text").Single());

    [TestMethod]
    public void CollectionsKnowTheirCountAndKeepTheirOrder()
    {
        var list = Enumerable.Range(0, 1000).Select(i => new Number { Value = i }).ToList();
        foreach (IEnumerable<Number> rows in new IEnumerable<Number>[] { list, list.ToArray(), new LinkedList<Number>(list) })
        {
            var view = _context.Data.LoadFromEnumerable(rows);
            Assert.IsFalse(view.CanShuffle);
            Assert.AreEqual(1000, view.GetRowCount());
            using var cursor = view.GetRowCursor(view.Schema, new Random(3));
            var value = cursor.GetGetter<int>(view.Schema["Value"]);
            var id = cursor.GetIdGetter();
            for (int i = 0; i < 1000; i++)
            {
                Assert.IsTrue(cursor.MoveNext());
                int number = 0;
                value(ref number);
                DataViewRowId rowId = default;
                id(ref rowId);
                Assert.AreEqual(i, number);
                Assert.AreEqual((ulong)i, rowId.Low);
            }
            Assert.IsFalse(cursor.MoveNext());
        }
    }

    [TestMethod]
    public void SequencesAreReadAnewInEachPass()
    {
        int passes = 0;
        IEnumerable<Number> Rows()
        {
            passes++;
            yield return new Number { Value = 1 };
            yield return new Number { Value = 2 };
        }
        var view = _context.Data.LoadFromEnumerable(Rows());
        Assert.IsFalse(view.CanShuffle);
        Assert.IsNull(view.GetRowCount());
        for (int i = 1; i <= 2; i++)
        {
            CollectionAssert.AreEqual(new[] { 1, 2 }, view.GetColumn<int>("Value").ToArray());
            Assert.AreEqual(i, passes);
        }
    }

    [TestMethod]
    public void AnnotationsOfADefinitionReachTheSchema()
    {
        var definition = SchemaDefinition.Create(typeof(Everything));
        definition["Fixed"].AddAnnotation("SlotNames", new[] { "x", "y", "z" }, new VectorDataViewType(TextDataViewType.Instance, 3));
        definition["Variable"].ColumnType = new VectorDataViewType(NumberDataViewType.Int32, 2);
        definition["Field"].ColumnName = "Label";
        var schema = _context.Data.LoadFromEnumerable(Array.Empty<Everything>(), definition).Schema;
        VBuffer<ReadOnlyMemory<char>> names = default;
        schema["Fixed"].GetSlotNames(ref names);
        Assert.AreEqual("y", names.GetValues()[1].ToString());
        Assert.AreEqual(2, ((VectorDataViewType)schema["Variable"].Type).Size);
        Assert.AreEqual(NumberDataViewType.Single, schema["Label"].Type);
        Assert.ThrowsExactly<InvalidOperationException>(() => definition["Fixed"].AddAnnotation("SlotNames", "x", TextDataViewType.Instance));

        var again = _context.Data.LoadFromEnumerable(new[] { new Everything() }, new[] { schema["Fixed"] }.ToSchema());
        Assert.IsTrue(again.Schema["Fixed"].HasSlotNames());
        Assert.IsFalse(again.CanShuffle);
    }

    [TestMethod]
    public void MembersThatNoColumnCanHoldAreRefusedByName()
    {
        var e = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _context.Data.LoadFromEnumerable(new[] { new WithNullable() }));
        Assert.Contains("Could not determine an IDataView type for member Maybe", e.Message);
        e = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _context.Data.LoadFromEnumerable(new[] { new WithScalarVector() }));
        Assert.Contains("Member Value marked with VectorTypeAttribute", e.Message);
        e = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _context.Data.LoadFromEnumerable(new[] { new WithFloatKey() }));
        Assert.Contains("Member Value marked with KeyType attribute", e.Message);
        e = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _context.Data.LoadFromEnumerable(new[] { new WithDuplicate() }));
        Assert.Contains("Duplicate column name 'First'", e.Message);
    }

    [TestMethod]
    public void DefinitionsThatDoNotFitTheClassAreRefused()
    {
        var definition = SchemaDefinition.Create(typeof(Number));
        definition["Value"].ColumnType = new VectorDataViewType(NumberDataViewType.Int32, 2);
        var e = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _context.Data.LoadFromEnumerable(Array.Empty<Number>(), definition));
        Assert.Contains("Column 'Value' is supposed to be vector, but type of associated field 'Value' is scalar", e.Message);
        definition["Value"].ColumnType = NumberDataViewType.Single;
        e = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _context.Data.LoadFromEnumerable(Array.Empty<Number>(), definition));
        Assert.Contains("Column 'Value' is supposed to have item type System.Single, but associated field has type System.Int32", e.Message);
        e = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _context.Data.LoadFromEnumerable(Array.Empty<WithText>(), definition));
        Assert.Contains("No field or property with name 'Value'", e.Message);
    }

    [TestMethod]
    public void GettersThrowWithoutARowAndNullRowsAreRefused()
    {
        var view = _context.Data.LoadFromEnumerable(new[] { new Number { Value = 1 }, null! });
        using var cursor = view.GetRowCursor(view.Schema);
        var getter = cursor.GetGetter<int>(view.Schema["Value"]);
        int value = 0;
        Assert.ThrowsExactly<InvalidOperationException>(() => getter(ref value));
        Assert.IsTrue(cursor.MoveNext());
        getter(ref value);
        Assert.ThrowsExactly<InvalidOperationException>(() => cursor.MoveNext());
        Assert.ThrowsExactly<InvalidOperationException>(() => cursor.GetGetter<float>(view.Schema["Value"]));
        using var inactive = view.GetRowCursor([]);
        Assert.ThrowsExactly<InvalidOperationException>(() => inactive.GetGetter<int>(view.Schema["Value"]));
    }

    private sealed class Everything
    {
        public const int Constant = 1;
        public float Field;
        [VectorType(3)]
        public float[] Fixed = [0, 0, 0];
        public int[] Variable = [];
        [VectorType(2, 2)]
        public double[]? Matrix = null;
        public string[] Words = [];
        public VBuffer<float> Sparse;

        public string Text { get; set; } = "";
        public bool Flag { get; set; }
        public ulong Big { get; set; }
        public DateTime When { get; set; }
        public DateTimeOffset Offset { get; set; }
        public TimeSpan Span { get; set; }
        public ReadOnlyMemory<char> Memory { get; set; }
        public DataViewRowId Id { get; set; }
        [KeyType(10)]
        public uint Key { get; set; }
        [KeyType]
        public byte SmallKey { get; set; }
        [ColumnName("Renamed")]
        public short OldName { get; set; }
        [NoColumn]
        public object? Ignored { get; set; }
        public int WriteOnly { set => _ = value; }
        internal int Internal { get; set; }
    }

    private sealed class Number
    {
        public int Value { get; set; }
    }

    private sealed class WithText
    {
        public string Text { get; set; } = "";
    }

    private sealed class WithNullable
    {
        public int? Maybe { get; set; }
    }

    private sealed class WithScalarVector
    {
        [VectorType(3)]
        public float Value { get; set; }
    }

    private sealed class WithFloatKey
    {
        [KeyType(3)]
        public float Value { get; set; }
    }

    private sealed class WithDuplicate
    {
        public float First { get; set; }
        [ColumnName("First")]
        public float Second { get; set; }
    }
}

internal static class SchemaExtensions
{
    public static DataViewSchema ToSchema(this IEnumerable<DataViewSchema.Column> columns)
    {
        var builder = new DataViewSchema.Builder();
        builder.AddColumns(columns);
        return builder.ToSchema();
    }
}
