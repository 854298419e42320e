namespace MLPipelines.Data;

/// <summary>What one ticket is about. A fact is drawn when first named and stays the same within the ticket and its reply.</summary>
internal sealed class Facts(Prng random, IReadOnlyList<Product> products, IReadOnlyList<string> traits)
{
    private static readonly string[] Names =
    [
        "Anna", "Marek", "Priya", "Tom", "Lucia", "Yusuf", "Ingrid", "Chen", "Fatima", "Oliver", "Sofia", "Daniel", "Aisha", "Pavel",
        "Grace", "Mateo", "Hanna", "Kwame", "Julia", "Ravi", "Elena", "Peter", "Mei", "Carlos", "Nora", "Ahmed", "Laura", "Jonas",
        "Zoe", "Viktor", "Amara", "Luis", "Katrin", "Ben", "Leila", "Henrik", "Rosa", "Samuel", "Yuki", "Marta", "Femi", "Clara",
        "Ivan", "Dilara", "Paul", "Esther", "Nils", "Joana", "Arjun", "Emma", "Tariq", "Sara", "Bruno", "Wanda", "Kofi", "Lena",
    ];

    private static readonly string[] Cities =
    [
        "Leeds", "Dublin", "Vienna", "Porto", "Bergen", "Toronto", "Austin", "Lyon", "Ghent", "Hamburg", "Cork", "Bristol", "Basel",
        "Turin", "Malmö", "Krakow", "Seville", "Utrecht", "Denver", "Aarhus", "Graz", "Boston", "Oslo", "Riga", "Galway", "Nantes",
        "Glasgow", "Zagreb", "Tampere", "Portland", "Adelaide", "Wellington", "Halifax", "Cardiff", "Brno", "Valencia",
    ];

    private static readonly string[] Colours =
        ["black", "white", "blue", "red", "green", "grey", "silver", "yellow", "dark green", "sand", "navy", "copper", "olive", "rose"];

    private static readonly string[] Carriers = ["SwiftPost", "ParcelJet", "NordExpress", "CityCourier", "BlueVan"];
    private static readonly string[] Weekdays = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
    private static readonly string[] Months =
        ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

    private static readonly string[] Ago =
        ["yesterday", "two days ago", "last week", "a week ago", "ten days ago", "two weeks ago", "three weeks ago", "a month ago", "on Monday"];

    private static readonly string[] Statuses =
        ["in transit", "label created", "processing", "out for delivery", "arrived at depot", "held in customs", "awaiting pick-up"];

    private readonly string _number = Output.Number(random.Between(10000, 99999));
    private readonly int _orderStyle = random.Next(10);
    private readonly Product _main = ProductWith(random, products, traits);
    private readonly string[] _plans = Plans(random, products);

    /// <summary>The order number, with its hash sign, once a template has named it.</summary>
    public string? Order { get; private set; }

    /// <summary>The product's full name, once a template has named it.</summary>
    public string? Product { get; private set; }

    /// <summary>The product's noun, once a template has named it.</summary>
    public string? Noun { get; private set; }

    /// <summary>The plan, once a template has named it.</summary>
    public string? Plan { get; private set; }

    /// <summary>The customer's name, once a template has named it.</summary>
    public string? Name { get; private set; }

    public string Fill(string hole) => hole switch
    {
        "o" => OrderReference(),
        "p" => Product = _main.Name,
        "i" => Noun = _main.Noun,
        "a" => Sentences.Article(Noun = _main.Noun),
        "p2" => Sibling().Name,
        "a2" => Sentences.Article(Companion().Noun),
        "plan" => Plan = _plans[0],
        "plan2" => _plans[1],
        "name" => Name ??= random.Pick(Names),
        "city" => random.Pick(Cities),
        "colour" => random.Pick(Colours),
        "colour2" => random.Pick(Colours),
        "carrier" => random.Pick(Carriers),
        "weekday" => random.Pick(Weekdays),
        "date" => Date(),
        "ago" => random.Pick(Ago),
        "status" => random.Pick(Statuses),
        "amt" => "$" + Output.Number(Plan is null ? _main.Price : PlanPrice(), "0.00"),
        "smallamt" => "$" + Output.Number(random.Between(3, 19) + (random.Chance(0.5) ? 0.9 : 0.5), "0.00"),
        "days" => Output.Number(random.Between(2, 9)),
        "digit" => Output.Number(random.Between(3, 6)),
        "digit5" => random.Chance(0.5) ? "3" : "3.5",
        "count" => random.Pick(["two", "three", "2", "3", "four"]),
        "bulk" => Output.Number(random.Between(2, 30) * 5),
        "num" => Output.Number(random.Between(100000, 999999)),
        "code" => random.Pick(["E", "ERR-", "F", "0x", "C-"]) + Output.Number(random.Between(10, 99)),
        "coupon" => random.Pick(["SPRING", "WELCOME", "HELLO", "THANKS", "SUMMER"]) + Output.Number(random.Between(1, 4) * 5),
        "card" => Output.Number(random.Between(1000, 9999)),
        "version" => random.Pick(["latest", "mobile", "desktop", "web", "beta"]),
        "ro" => Order is null ? "your order" : "order " + Order,
        "Ro" => Order is null ? "Your order" : "Order " + Order,
        "rp" => (Product ?? Noun) is { } named ? "the " + named : "the item",
        "Rp" => (Product ?? Noun) is { } named ? "The " + named : "The item",
        "rplan" => "the " + (Plan ?? "package"),
        "Rplan" => "The " + (Plan ?? "package"),
        "rname" => Name is null || random.Chance(0.25) ? "" : ", " + Name,
        _ => throw new KeyNotFoundException($"No fact '{{{hole}}}'."),
    };

    private string OrderReference()
    {
        Order = "#" + _number;
        return _orderStyle switch
        {
            < 4 => "order #" + _number,
            < 7 => "order " + _number,
            7 => "order no. " + _number,
            8 => "order number " + _number,
            _ => "order nr " + _number,
        };
    }

    private string Date()
    {
        int month = random.Next(12);
        int day = random.Between(1, 28);
        return random.Next(5) switch
        {
            0 => $"{Months[month]} {day}",
            1 => $"{day} {Months[month]}",
            2 => $"{day}/{month + 1}",
            3 => $"the {day}{(day % 10, day / 10) switch { (1, not 1) => "st", (2, not 1) => "nd", (3, not 1) => "rd", _ => "th" }}",
            _ => $"{Months[month][..3]} {day}",
        };
    }

    private double PlanPrice() => products.First(product => product.Name == Plan).Price;

    private Product Sibling()
    {
        var siblings = products.Where(p => p.Noun == _main.Noun && p != _main).ToList();
        return random.Pick(siblings.Count > 0 ? siblings : [.. products.Where(p => p.Category == _main.Category && p != _main)]);
    }

    private Product Companion()
    {
        var companions = products.Where(p => p.Accompanies(_main) && !p.IsService).ToList();
        return random.Pick(companions.Count > 0 ? companions : [.. products.Where(p => p.Noun == "power bank")]);
    }

    private static Product ProductWith(Prng random, IReadOnlyList<Product> products, IReadOnlyList<string> traits) =>
        random.Pick(products.Where(p => !p.IsService && !p.BoughtAgain && traits.All(t => p.Traits.Contains(t[1..]))).ToList());

    private static string[] Plans(Prng random, IReadOnlyList<Product> products)
    {
        string[] plans = [.. products.Where(p => p.Category == "subscription").Select(p => p.Name)];
        random.Shuffle(plans);
        return plans;
    }
}
