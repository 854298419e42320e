namespace MLPipelines.Tests.Runtime;

/// <summary>
/// The public API of a package as text, such as that of ML.NET 5.0.0: for each type a header, and below it, deeper by two spaces, its methods one
/// to a line and its properties and fields, each ended by a semicolon. Other comments are for the reader.
/// </summary>
internal sealed class ApiInventory
{
    private ApiInventory(Dictionary<string, ApiType> types)
    {
        Types = types;
    }

    /// <summary>The types by namespace and name, such as <c>Microsoft.ML.Data.VBuffer&lt;T&gt;</c>.</summary>
    public IReadOnlyDictionary<string, ApiType> Types { get; }

    public static ApiInventory Load(string path)
    {
        var types = new Dictionary<string, ApiType>(StringComparer.Ordinal);
        string space = "";
        var open = new List<ApiType>();
        foreach (string line in File.ReadLines(path))
        {
            if (line.StartsWith("// namespace ", StringComparison.Ordinal))
            {
                space = line["// namespace ".Length..];
                continue;
            }
            if (line.StartsWith("//", StringComparison.Ordinal))
                continue;
            string text = line.TrimStart(' ');
            int depth = (line.Length - text.Length) / 2;
            open.RemoveRange(depth, open.Count - depth);
            if (ApiType.TryParse(text, out var type))
            {
                types[$"{space}.{type.Name}"] = type;
                open.Add(type);
            }
            else
            {
                open[^1].AddMembers(text);
            }
        }
        return new ApiInventory(types);
    }
}

/// <summary>A type of the inventory.</summary>
internal sealed class ApiType
{
    private static readonly string[] Kinds = ["class ", "struct ", "interface ", "enum ", "delegate "];
    private static readonly string[] Modifiers = ["", "sealed ", "abstract ", "static "];

    private ApiType(string kind, string name, string body)
    {
        Kind = kind;
        Name = name;
        Body = body;
    }

    /// <summary>The kind with its modifier, such as <c>sealed class</c>.</summary>
    public string Kind { get; }

    /// <summary>The name, with those of the types around it.</summary>
    public string Name { get; }

    /// <summary>The names and values of an enumeration, the signature of a delegate.</summary>
    public string Body { get; }

    /// <summary>The methods, constructors and events, and the properties and fields without their defaults.</summary>
    public HashSet<string> Members { get; } = new(StringComparer.Ordinal);

    /// <summary>The defaults of the properties and fields that have one.</summary>
    public Dictionary<string, string> Defaults { get; } = new(StringComparer.Ordinal);

    public static bool TryParse(string text, out ApiType type)
    {
        type = null!;
        foreach (string modifier in Modifiers)
        {
            foreach (string kind in Kinds)
            {
                string start = modifier + kind;
                if (!text.StartsWith(start, StringComparison.Ordinal))
                    continue;
                string rest = text[start.Length..];
                type = kind switch
                {
                    "enum " => new ApiType("enum", rest[..rest.IndexOf(' ')], rest[(rest.IndexOf('{') + 1)..^1].Trim()),
                    "delegate " => ParseDelegate(rest),
                    _ => new ApiType(start.TrimEnd(), rest.Split(" : ", 2)[0].Split(" where ", 2)[0], ""),
                };
                return true;
            }
        }
        return false;
    }

    public void AddMembers(string text)
    {
        if (!text.EndsWith(';'))
        {
            Members.Add(text);
            return;
        }
        foreach (string member in text[..^1].Split("; "))
        {
            int equals = member.StartsWith("ctor(", StringComparison.Ordinal) ? -1 : member.IndexOf(" = ", StringComparison.Ordinal);
            string declaration = equals < 0 ? member : member[..equals];
            Members.Add(declaration);
            if (equals >= 0)
                Defaults[declaration.Split(" {")[0].Split(' ')[^1]] = member[(equals + 3)..];
        }
    }

    // void ValueGetter<TValue>(ref TValue value)
    private static ApiType ParseDelegate(string text)
    {
        int parameters = text.IndexOf('(');
        int name = text.LastIndexOf(' ', parameters);
        return new ApiType("delegate", text[(name + 1)..parameters], text[..name] + text[parameters..]);
    }
}
