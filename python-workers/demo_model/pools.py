"""Values that attributes take. Within a pool every value is used about equally often."""

from __future__ import annotations


def _list(text: str) -> list[str]:
    return text.split(", ")


OCCUPATIONS = _list("baker, weaver, potter, smith, carpenter, teacher, doctor, farmer, miller, sailor, tailor, painter, printer, gardener, mason, "
                    "shepherd, brewer, cook, barber, hunter, glazier, cooper, saddler, clerk")
DISHES = _list("onion soup, apple cake, fried trout, barley bread, bean stew, plum dumplings, roast duck, cheese pie, mushroom rice, honey cake, "
               "potato salad, pumpkin soup, boiled eggs, cabbage rolls, lentil soup, pear tart, smoked ham, nut bread, carrot pudding, grilled eel")
INSTRUMENTS = _list("violin, flute, drum, harp, trumpet, guitar, piano, horn, cello, lute, organ, clarinet")
PETS = _list("cat, dog, parrot, rabbit, goat, pony, tortoise, hedgehog, raven, ferret, goose, squirrel")
MONTHS = _list("January, February, March, April, May, June, July, August, September, October, November, December")
DAYS = _list("Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday")
COLOURS = _list("red, blue, green, yellow, white, black, brown, grey, orange, purple")
PRODUCTS = _list("glass, paper, wool, salt, rope, silk, candles, tiles, knives, barrels, soap, clocks, carpets, ink, bricks, lace")
CALLS = _list("whistles, barks, hisses, growls, sings, clicks, hums, screams, croaks, stamps its feet, beats its wings, shows its teeth")
BEDS = _list("under a stone, in a hollow tree, on a high branch, in tall grass, beside warm springs, in a deep burrow, among the reeds, on a bare cliff, "
             "under dry leaves, in an old nest, behind waterfalls, in the sand")
USES = _list("cut bread, carry water, press olives, sharpen knives, light a lamp, catch fish, comb wool, grind pepper, open barrels, dig holes, "
             "measure cloth, sweep floors, fold letters, warm a bed, weigh coins, scare birds, mend nets, paint fences, stir dough, hang coats")
PLACES = _list("in the cellar, on the roof, behind the stove, in a tall cupboard, under the stairs, beside the well, in the barn, on a hook by the door, "
               "in a leather bag, on the top shelf, in the garden shed, under the bed")
MATERIALS = _list("oak, iron, clay, glass, leather, wax, copper, cork, marble, wool, salt, bone, tin, straw, amber, rubber")
THINGS = _list("a box, a song, a dance, a knot, a game, a cloth, a lamp, a feast, a path, a debt, a gift, a promise, a tool, a letter, a room, a boat")
PURPOSES = _list("for newborn children, for old friends, for rainy days, for the harvest, for travellers, for the winter, for a wedding, for lost things, "
                 "for the night, for teachers, for guests, for a journey, for fishermen, for a new house, for market day, for the poor")
HABITATS = _list("in dark forests, on dry plains, in cold lakes, on high mountains, in salt marshes, along rivers, in deep caves, on sandy islands")
DIETS = _list("grass, small fish, seeds, insects, roots, berries, honey, snails")
COVERS = _list("feathers, scales, thick fur, hard plates, long bristles, smooth skin, fine wool, sharp spines")
WINTERS = _list("sleeps until spring, flies to the south, hides under the snow, gathers in large groups, grows a white coat, lives on stored food, digs a tunnel, moves down to the valleys")
WATER = _list("floats, sinks, swells, dissolves, turns dark, grows soft, stays dry, becomes slippery")
FIRE = _list("burns slowly, glows red, melts, cracks, turns to ash, gives off smoke, grows hard, shrinks")
BLOW = _list("breaks, bends, rings like a bell, splits, bounces back, loses its shape, crumbles, shows no mark")

TOPICS = _list("gardens, bicycles, bread, winter, rivers, letters, bridges, candles, the market, old clocks, kites, tea, fishing, mountains, libraries, "
               "trains, soup, rain, dogs, music, lanterns, apples, maps, shoes, windows, boats, honey, snow, chess, sheep, pottery, the harvest, wells, "
               "birthdays, umbrellas, forests, blankets, neighbours, holidays, painting, cats, islands, wool, stars, cheese, mirrors, roads, lakes")
KEYWORDS = _list("river, lamp, stone, silver, garden, bridge, ladder, summer, basket, window, candle, forest, pocket, island, thunder, butter, "
                 "mirror, blanket, copper, pepper, feather, harbour, castle, pebble, valley, velvet, cotton, hammer, lantern, meadow, orchard, parcel, "
                 "ribbon, saddle, tunnel, violet, willow, winter, anchor, barrel")
