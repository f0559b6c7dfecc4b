"""The makes of vehicles that a classifier may tell; a label that is none of these is refused, so that nothing else can be classified.

Source: names under which cars, vans, lorries, buses and motorcycles are sold or were; ours, by hand.
"""

from __future__ import annotations

OTHER = "other"
"""A label for what is none of a classifier's makes; it is told as nothing."""

MAKES = frozenset(
    name.strip()
    for name in """
    abarth, aixam, alexander dennis, alfa romeo, alpina, alpine, aprilia, aston martin, audi, austin, bentley, benelli, bmw, bristol, buick, byd, cadillac,
    can-am, caterham, changan, chery, chevrolet, chrysler, citroen, cupra, dacia, daewoo, daf, daihatsu, daimler, dennis, dfsk, dodge, ds, ducati,
    ferrari, fiat, fisker, ford, fuso, gaz, geely, genesis, ginetta, gmc, great wall, gwm ora, harley-davidson, haval, hillman, hino, holden, honda, hummer,
    husqvarna, hyundai, indian, ineos, infiniti, irizar, isuzu, iveco, jaecoo, jaguar, jeep, kawasaki, kia, koenigsegg, ktm, lada, lamborghini, lancia,
    land rover, ldv, leapmotor, levc, lexus, ligier, lincoln, lotus, lti, lucid, lynk & co, mahindra, man, maserati, maxus, maybach, mazda, mclaren, mercedes-benz,
    mg, mini, mitsubishi, morgan, morris, moto guzzi, neoplan, nio, nissan, oldsmobile, omoda, opel, optare, peugeot, piaggio, polestar, pontiac, porsche,
    proton, ram, reliant, renault, rivian, rolls-royce, rover, royal enfield, saab, saturn, scania, seat, setra, skoda, smart, solaris, ssangyong, kgm, steyr,
    subaru, sunbeam, suzuki, tata, temsa, tesla, toyota, trabant, triumph, tvr, van hool, vauxhall, vdl, vespa, volkswagen, volvo, wartburg, westfield,
    wrightbus, xpeng, yamaha, yutong, zastava, zeekr, zero
    """.replace("\n", " ").split(",")
)
"""In small letters, without accents."""
